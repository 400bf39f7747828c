import Cryptography
import HTTPClient
import JSON
import JobModel

extension CommandTable {
    private static let scheduler = Option.setting("--scheduler", "url", .schedulerURL)

    static let submit = Command(
        name: "submit",
        summary: "Hands a scenario to a server; prints the job's id.",
        arguments: [.init(name: "FILE")],
        options: [
            scheduler, .value("--var", "name=value", "a variable of the scenario", isRepeatable: true),
            .value("--file", "name=path", "a file the scenario uses under this name", isRepeatable: true),
            .value("--idempotency-key", "key", "submitting twice with one key makes one job"),
            .value("--unique", "key", "a name only one job has while it has not ended"),
            .value("--on-conflict", "word", "when that is taken: reject, replace a waiting one, existing (reject)"),
            .value("--not-before", "time", "when it may start, as 2026-03-01T08:30:00Z (now)"),
            .flag("--wait", "watch it to its end"),
            .flag("--bulk", "FILE holds a submission a line (JSON); prints one id a line"),
            .flag("--atomic", "bulk: up to 1000, all of them or none"),
        ],
        examples: [
            "cpa submit invoice.yaml", "id=$(cpa submit invoice.yaml) && cpa watch $id",
            "cpa submit --bulk month.jsonl > ids.txt",
        ],
        run: { invocation in
            if invocation.arguments.flags.contains("--bulk") { return try await BulkSubmit(invocation).run() }
            guard !invocation.arguments.flags.contains("--atomic") else {
                throw UsageError(message: "--atomic goes with --bulk: one scenario is all or none", command: "submit")
            }
            let scenario = try await scenario(of: invocation)
            let files = try files(of: invocation)
            return try await SchedulerClient.with(invocation.configuration) { client in
                var hashes = JSONObject()
                for file in files { hashes[file.name] = .string(try await upload(file, client)) }
                var body: JSONObject = ["scenario": .object(scenario.json), "files": .object(hashes)]
                for (option, name) in [
                    ("--idempotency-key", "idempotency_key"), ("--unique", "unique_key"),
                    ("--on-conflict", "on_conflict"), ("--not-before", "not_before"),
                ] {
                    body[name] = invocation.arguments.value(option).map { .string($0) }
                }
                let job = try await client.post("/jobs", body)
                let id = job["id"]?.string ?? ""
                if invocation.isJSON {
                    invocation.terminal.result(job.text())
                } else if !invocation.arguments.flags.contains("--wait") {
                    invocation.terminal.result(id)
                }
                guard invocation.arguments.flags.contains("--wait") else { return .ok }
                return try await RemoteWatch(client: client, invocation: invocation).follow(id)
            }
        }
    )

    static let watch = Command(
        name: "watch",
        summary: "Shows a job of a server live; ends as the job does.",
        arguments: [.init(name: "ID")],
        options: [scheduler, .value("--download", "dir", "puts the job's files there at its end")],
        examples: ["cpa watch $id --download files"],
        run: { invocation in
            try await SchedulerClient.with(invocation.configuration) { client in
                var watch = RemoteWatch(client: client, invocation: invocation)
                watch.directory = invocation.arguments.value("--download")
                return try await watch.follow(invocation.arguments.positionals[0])
            }
        }
    )

    static let jobs = Command(
        name: "jobs",
        summary: "Lists jobs of a server, newest first.",
        options: [
            scheduler, .value("--status", "states", "only these, by comma: pending, running, done, failed, …"),
            .value("--limit", "count", "at most so many (20)"),
        ],
        run: { invocation in
            let limit = invocation.arguments.value("--limit") ?? "20"
            let status = invocation.arguments.value("--status").map { "&status=" + PercentCoding.encode($0) } ?? ""
            let answer = try await SchedulerClient.with(invocation.configuration) { client in
                try await client.get("/jobs?limit=\(PercentCoding.encode(limit))\(status)")
            }
            for job in (answer["jobs"]?.array ?? []).compactMap(\.object) {
                invocation.terminal.result(invocation.isJSON ? job.text() : row(of: job))
            }
            return .ok
        }
    )

    static let cancel = Command(
        name: "cancel",
        summary: "Stops a job of a server.",
        arguments: [.init(name: "ID")],
        options: [scheduler],
        run: { invocation in
            let id = PercentCoding.encode(invocation.arguments.positionals[0])
            let job = try await SchedulerClient.with(invocation.configuration) { client in
                try await client.call("DELETE", "/jobs/\(id)")
            }
            invocation.terminal.result(invocation.isJSON ? job.text() : row(of: job))
            return .ok
        }
    )

    static let explain = Command(
        name: "explain",
        summary: "Says why a job of a server is not running.",
        arguments: [.init(name: "ID")],
        options: [scheduler],
        run: { invocation in
            let id = PercentCoding.encode(invocation.arguments.positionals[0])
            let answer = try await SchedulerClient.with(invocation.configuration) { client in
                try await client.get("/jobs/\(id)/explain")
            }
            guard !invocation.isJSON else {
                invocation.terminal.result(answer.text())
                return .ok
            }
            for cause in answer["causes"]?.array ?? [] {
                let code = ProgressPrinter.pad(cause["code"]?.string ?? "", 18)
                invocation.terminal.result("\(code)  \(cause["detail"]?.string ?? "")")
            }
            return .ok
        }
    )

    // MARK: Parts

    static func row(of job: JSONObject) -> String {
        let stopping = job["stopping"]?.string.map { "stopping (\($0))" }
        let reason = (stopping ?? job["reason"]?.string).map { "  \($0)" } ?? ""
        let columns = [
            job["id"]?.string ?? "", ProgressPrinter.pad(job["state"]?.string ?? "", 12),
            job["submitted_at"]?.string ?? "", (job["name"]?.string ?? "") + reason,
        ]
        return columns.joined(separator: "  ")
    }

    private static func upload(_ file: AttachedFile, _ client: SchedulerClient) async throws -> String {
        let size = try file.size()
        let answer = try await client.call(
            "POST",
            "/artifacts?name=\(PercentCoding.encode(file.name))",
            body: .file(path: file.path, range: 0..<size),
            type: MediaType.of(fileName: file.name, at: file.path)
        )
        guard let hash = answer["sha256"]?.string else {
            throw HostError(.unavailable, "the API did not say under which hash it keeps \(file.name)")
        }
        return hash
    }
}
