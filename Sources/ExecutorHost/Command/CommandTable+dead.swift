import Cryptography
import JSON
import JobModel

extension CommandTable {
    /// Jobs that failed for good.
    static let dead = Command(
        name: "dead",
        summary: "Lists, shows, requeues or purges jobs that failed for good.",
        arguments: [.init(name: "list|show|requeue|purge"), .init(name: "ID", isOptional: true)],
        options: [
            .setting("--scheduler", "url", .schedulerURL),
            .value("--status", "states", "only these: failed, dead"),
            .value("--reason", "codes", "only for these reasons, by comma"),
            .value("--intent", "name", "only of this intent"),
            .value("--name", "name", "only of this name"),
            .value("--older-than", "age", "ended at least so long ago: 30m, 7d"),
            .value("--newer-than", "age", "ended less long ago"),
            .value("--limit", "count", "at most so many (list: 20, else 1000)"),
            .flag("--all", "requeue or purge without a filter"),
            .flag("--fresh", "requeue: forget what was done, even mails go out again"),
            .flag("--dry-run", "requeue, purge: only say what would happen"),
        ],
        examples: [
            "cpa dead list --reason navigation_failed", "cpa dead requeue --reason navigation_failed --dry-run",
            "cpa dead purge --older-than 30d",
        ],
        run: { invocation in
            let words = invocation.arguments.positionals
            let id = words.count > 1 ? words[1] : nil
            try invocation.arguments.checkOptions(of: words[0], in: "dead", deadOptions)
            switch (words[0], id) {
            case ("list", nil): return try await listDead(invocation)
            case ("show", let id?): return try await showDead(id, invocation)
            case ("requeue", _): return try await handleDead("requeue", "requeued", id, invocation)
            case ("purge", _): return try await handleDead("purge", "purged", id, invocation)
            case ("show", nil): throw UsageError(message: "'dead show' needs ID", command: "dead")
            case ("list", _): throw UsageError(message: "'dead list' takes no ID", command: "dead")
            default:
                let suggestion = Suggestion.phrase(for: words[0], among: ["list", "show", "requeue", "purge"])
                throw UsageError(message: "there is no 'dead \(words[0])'\(suggestion)", command: "dead")
            }
        }
    )

    private static let filters = ["--status", "--reason", "--intent", "--name", "--older-than", "--newer-than"]

    private static let deadOptions: [String: [String]] = [
        "list": filters + ["--limit"], "show": [],
        "requeue": filters + ["--limit", "--all", "--fresh", "--dry-run"],
        "purge": filters + ["--limit", "--all", "--dry-run"],
    ]

    private static func key(_ option: String) -> String { String(option.dropFirst(2).map { $0 == "-" ? "_" : $0 }) }

    private static func listDead(_ invocation: Invocation) async throws -> ExitCode {
        var query = "limit=\(PercentCoding.encode(invocation.arguments.value("--limit") ?? "20"))"
        for option in filters {
            guard let value = invocation.arguments.value(option) else { continue }
            query += "&\(key(option))=\(PercentCoding.encode(value))"
        }
        let answer = try await SchedulerClient.with(invocation.configuration) { [query] in
            try await $0.get("/dead-letters?\(query)")
        }
        for job in (answer["jobs"]?.array ?? []).compactMap(\.object) {
            invocation.terminal.result(invocation.isJSON ? job.text() : row(of: job))
        }
        return .ok
    }

    private static func showDead(_ id: String, _ invocation: Invocation) async throws -> ExitCode {
        let job = try await SchedulerClient.with(invocation.configuration) {
            try await $0.get("/jobs/\(PercentCoding.encode(id))")
        }
        guard !invocation.isJSON else {
            invocation.terminal.result(job.text())
            return .ok
        }
        for line in JobSummary(job: job, path: { _ in nil }).lines { invocation.terminal.result(line) }
        for name in ["attempts", "losses", "interruptions", "submitted_at", "ended_at"] {
            guard let value = job[name] else { continue }
            invocation.terminal.result("  \(ProgressPrinter.pad(name, 14)) \(value.string ?? value.text())")
        }
        return .ok
    }

    private static func handleDead(
        _ verb: String,
        _ done: String,
        _ id: String?,
        _ invocation: Invocation
    ) async throws -> ExitCode {
        let body = try deadOrder(verb, id, invocation.arguments)
        let answer = try await SchedulerClient.with(invocation.configuration) {
            try await $0.post("/dead-letters/\(verb)", body)
        }
        guard !invocation.isJSON else {
            invocation.terminal.result(answer.text())
            return .ok
        }
        for job in answer["jobs"]?.array ?? [] { invocation.terminal.result(job.string ?? "") }
        let refused = answer["refused"]?.array ?? []
        for refusal in refused { invocation.terminal.note("cpa: \(refusal["detail"]?.string ?? "")") }
        let count = answer[done]?.int ?? 0
        let would = body["dry_run"] == true ? "would be " : ""
        // Whoever runs it again meets the same refusals first.
        let remedy = count > 0 ? "run it again" : "leave out the refused ones with --older-than or another filter"
        let more = answer["has_more"] == true ? "; more fit, \(remedy)" : ""
        invocation.terminal.note("\(count) job\(count == 1 ? "" : "s") \(would)\(done)\(more)")
        return refused.isEmpty ? .ok : .failed
    }

    private static func deadOrder(_ verb: String, _ id: String?, _ arguments: Arguments) throws -> JSONObject {
        var body: JSONObject = ["dry_run": .bool(arguments.flags.contains("--dry-run"))]
        var filter = JSONObject()
        for option in filters {
            guard let value = arguments.value(option) else { continue }
            let values = value.split(separator: ",").map { JSONValue.string(String($0)) }
            filter[key(option)] = option == "--status" || option == "--reason" ? .array(values) : .string(value)
        }
        if arguments.flags.contains("--fresh") { body["fresh"] = true }
        if let id {
            guard filter.isEmpty, !arguments.flags.contains("--all") else {
                throw UsageError(message: "give an ID or a filter, not both", command: "dead")
            }
            body["jobs"] = .array([.string(id)])
            return body
        }
        guard !filter.isEmpty || arguments.flags.contains("--all") else {
            throw UsageError(message: "'dead \(verb)' needs an ID, a filter, or --all", command: "dead")
        }
        body["filter"] = .object(filter)
        if let limit = arguments.value("--limit") {
            guard let number = Int(limit) else {
                throw UsageError(message: "--limit: '\(limit)' is no number", command: "dead")
            }
            body["limit"] = JSONValue(number)
        }
        return body
    }
}
