import Cryptography
import FoundationEssentials
import JSON
import JobModel
import Storage

#if canImport(Glibc)
    import Glibc
#endif

extension CommandTable {
    /// What is on record.
    static let audit = Command(
        name: "audit",
        summary: "Shows what was done, by whom and when; verifies, exports and erases it.",
        arguments: [
            .init(name: "ID|list|verify|export|erase|hold|holds|release"), .init(name: "ID|FILE", isOptional: true),
        ],
        options: [
            .setting("--scheduler", "url", .schedulerURL),
            .value("--since", "time", "list: from then on, as 2026-03-01T08:30:00Z"),
            .value("--until", "time", "list: before then"), .value("--actor", "name", "list: only what this one did"),
            .value("--action", "word", "list: only this, or all that begin so: job.*"),
            .value("--job", "id", "list, erase, hold: of this job"), .value("--result", "word", "list: only with it"),
            .value("--person", "address", "erase: all that names this mail address"),
            .value("--reason", "text", "hold: why"), .flag("--dry-run", "erase: only say what it would be"),
            .setting("--checkpoints", "file", .auditCheckpoints),
            .value("--public-key", "file", "verify: with this key (audit-public-key of the data directory)"),
        ],
        examples: [
            "cpa audit $id", "cpa audit export audit.jsonl   # all of it, for keeping elsewhere",
            "cpa audit list --action 'step.*' --result failed",
            "cpa audit verify --checkpoints /mnt/worm/checkpoints.jsonl", "cpa audit erase --person anna@kunde.example",
        ],
        run: { invocation in
            let words = invocation.arguments.positionals
            switch (words[0], words.dropFirst().first) {
            case ("list", nil): return try await list(invocation)
            case ("verify", nil): return try await verify(invocation)
            case ("export", let path?): return try await export(to: path, invocation)
            case ("erase", nil): return try await erase(invocation)
            case ("hold", nil): return try await hold(invocation)
            case ("holds", nil): return try await holds(invocation)
            case ("release", let id?):
                _ = try await SchedulerClient.with(invocation.configuration) { client in
                    try await client.call("DELETE", "/audit/holds/\(PercentCoding.encode(id))")
                }
                invocation.terminal.result(id)
                return .ok
            case ("export", nil): throw UsageError(message: "'audit export' needs a file", command: "audit")
            case ("release", nil): throw UsageError(message: "'audit release' needs ID", command: "audit")
            case (let id, nil):
                let answer = try await SchedulerClient.with(invocation.configuration) { client in
                    try await client.get("/audit/\(PercentCoding.encode(id))")
                }
                show(answer["records"]?.array ?? [], invocation)
                return .ok
            case (let word, let id?) where word == "hold" || word == "erase":
                throw UsageError(
                    message: "'audit \(word)' takes no '\(id)': name the job with --job \(id)",
                    command: "audit"
                )
            case (let word, let other?):
                throw UsageError(message: "'audit \(word)' takes no '\(other)'", command: "audit")
            }
        }
    )

    // MARK: Reading

    private static func show(_ records: [JSONValue], _ invocation: Invocation) {
        for record in records.compactMap(\.object) {
            guard !invocation.isJSON else {
                invocation.terminal.result(record.text())
                continue
            }
            var detail = record["detail"]?.text() ?? (record["pruned"] == true ? "(removed by retention)" : "")
            if let personal = record["personal"] { detail += "  \(personal.string ?? personal.text())" }
            let columns = [
                record["ts"]?.string ?? "", ProgressPrinter.pad(record["actor"]?.string ?? "", 26),
                ProgressPrinter.pad(record["action"]?.string ?? "", 16), detail,
            ]
            invocation.terminal.result(columns.joined(separator: "  "))
        }
    }

    private static func list(_ invocation: Invocation) async throws -> ExitCode {
        var filter = ""
        for name in ["since", "until", "actor", "action", "job", "result"] {
            if let value = invocation.arguments.value("--\(name)") {
                filter += "&\(name)=\(PercentCoding.encode(value))"
            }
        }
        try await SchedulerClient.with(invocation.configuration) { [filter] client in
            var after: Int64 = 0
            while true {
                let page = try await client.get("/audit?limit=1000&after=\(after)\(filter)")
                show(page["records"]?.array ?? [], invocation)
                guard page["has_more"] == true, let next = page["next_after"]?.int64 else { return }
                after = next
            }
        }
        return .ok
    }

    /// All of it as JSON lines, in the form the chain is over.
    private static func export(to path: String, _ invocation: Invocation) async throws -> ExitCode {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw HostError(.usage, "cannot create \(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        let count = try await SchedulerClient.with(invocation.configuration) { client in
            var (after, count): (Int64, Int) = (0, 0)
            while true {
                let page = try await client.get("/audit?limit=1000&form=raw&after=\(after)")
                let records = page["records"]?.array ?? []
                let text = Array(records.map { $0.text() + "\n" }.joined().utf8)
                guard text.isEmpty || write(file, text, text.count) == text.count else {
                    throw HostError(.unavailable, "cannot write \(path): \(String(cString: strerror(errno)))")
                }
                count += records.count
                guard page["has_more"] == true, let next = page["next_after"]?.int64 else { return count }
                after = next
            }
        }
        invocation.terminal.note("\(count) record\(count == 1 ? "" : "s")")
        return .ok
    }

    // MARK: Verifying

    /// Reads the database itself: a server that was tampered with must not be asked about it.
    private static func verify(_ invocation: Invocation) async throws -> ExitCode {
        let paths = Paths(invocation.configuration)
        guard access(paths.database, R_OK) == 0 else {
            throw HostError(.usage, "there is no \(paths.database): --data-dir says where the data of the server is")
        }
        let file = invocation.configuration[.auditCheckpoints] ?? paths.auditCheckpoints
        let isNamed = invocation.configuration[.auditCheckpoints] != nil
        let hasFile = access(file, R_OK) == 0
        if isNamed, !hasFile { throw HostError(.usage, "cannot read the checkpoints \(file)") }
        let keyFile = invocation.arguments.value("--public-key") ?? paths.auditPublicKey
        let key = hasFile ? try publicKey(keyFile) : []
        let outcome = try await AuditVerification.run(
            database: paths.database,
            checkpoints: hasFile ? file : nil,
            publicKey: key,
            vault: vault(paths.auditKey, invocation)
        )
        for chain in outcome.chains { report(chain, hasCheckpoints: hasFile, invocation) }
        for warning in outcome.warnings { invocation.terminal.note(warning) }
        if let problem = outcome.checkpointProblem {
            throw HostError(.failed, "the checkpoints cannot be trusted: \(problem.message)")
        }
        return outcome.chains.contains { $0.problem != nil } ? .failed : .ok
    }

    /// What sealed the records; a copy of the database elsewhere is verified without.
    private static func vault(_ path: String, _ invocation: Invocation) -> AuditVault? {
        do {
            return try AuditVault(master: AuditKeys.read(path))
        } catch {
            invocation.terminal.note(
                "without \(path) nobody can tell whether an erasure finds the people in sealed records"
            )
            return nil
        }
    }

    /// 64 hexadecimal digits; anybody may read this one.
    private static func publicKey(_ path: String) throws -> [UInt8] {
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard let key = try? Hex.decode(text.filter { !$0.isWhitespace }), key.count == 32 else {
            throw HostError(.usage, "\(path) holds no public key: 64 hexadecimal digits are expected")
        }
        return key
    }

    private static func report(_ chain: AuditVerification.Chain, hasCheckpoints: Bool, _ invocation: Invocation) {
        guard !invocation.isJSON else {
            var json: JSONObject = [
                "tenant": .string(chain.tenant.rawValue), "records": .integer(chain.records),
                "head": .string(Hex.encode(chain.head)), "checkpoints": JSONValue(chain.checkpoints),
                "covered": .integer(chain.covered), "whole": .bool(chain.problem == nil),
            ]
            if !chain.restores.isEmpty { json["restores"] = .array(chain.restores.map { .object($0.json) }) }
            json["first_bad"] = chain.problem.map { .integer($0.sequence) }
            json["detail"] = chain.problem.map { .string($0.message) }
            return invocation.terminal.result(json.text())
        }
        if let problem = chain.problem {
            invocation.terminal.result("\(chain.tenant)  NOT WHOLE  record \(problem.sequence) \(problem.message)")
        } else {
            let signed =
                hasCheckpoints
                ? "\(chain.checkpoints) checkpoints up to record \(chain.covered)" : "without checkpoints"
            let word = chain.restores.isEmpty ? "whole" : "restored"
            invocation.terminal.result("\(chain.tenant)  \(word)  \(chain.records) records, \(signed)")
        }
        for restore in chain.restores { invocation.terminal.result("  \(restore.words)") }
    }

    // MARK: Holds and erasure

    private static func erase(_ invocation: Invocation) async throws -> ExitCode {
        let arguments = invocation.arguments
        var body = JSONObject()
        body["job"] = arguments.value("--job").map { .string($0) }
        body["person"] = arguments.value("--person").map { .string($0) }
        guard body.count == 1 else {
            throw UsageError(message: "'audit erase' needs either --job or --person", command: "audit")
        }
        if arguments.flags.contains("--dry-run") { body["dry_run"] = true }
        let answer = try await SchedulerClient.with(invocation.configuration) { [body] client in
            try await client.post("/audit/erase", body)
        }
        guard !invocation.isJSON else {
            invocation.terminal.result(answer.text())
            return .ok
        }
        let jobs = answer["jobs"]?.array ?? []
        for job in jobs { invocation.terminal.result(job.string ?? "") }
        let refused = answer["refused"]?.array ?? []
        if jobs.isEmpty, let person = body["person"]?.string {
            invocation.terminal.note(
                refused.isEmpty ? "no job names \(person)" : "none of the jobs that name \(person) can be erased now:"
            )
        }
        for job in refused { invocation.terminal.note("\(job["job"]?.string ?? ""): \(job["detail"]?.string ?? "")") }
        tell(answer, invocation)
        return refused.isEmpty ? .ok : .failed
    }

    /// What an erasure took beside jobs, and what it left to whoever lives by it.
    private static func tell(_ answer: JSONObject, _ invocation: Invocation) {
        for (member, words) in [
            ("files", "files"), ("uploads", "files sent in for jobs to come"), ("idempotency_keys", "idempotency keys"),
            ("messages", "messages about no job"), ("pause_notes", "notes of pauses"),
            ("messages_held", "messages about no job that a legal hold keeps"),
        ] {
            if let count = answer[member]?.int, count > 0 { invocation.terminal.note("\(words): \(count)") }
        }
        for (member, word, remedy) in [
            ("schedules", "schedule", "change it, or 'cpa schedules remove $id'"),
            ("keys", "key", "make another, 'cpa keys revoke $id', and erase again"),
            ("agents", "agent", "let it register anew without the address, or DELETE /agents/$id"),
            ("holds", "legal hold", "'cpa audit release $id', and say the reason anew without the address"),
        ] {
            for id in (answer[member]?.array ?? []).compactMap(\.string) {
                let remedy = remedy.replacing("$id", with: id)
                invocation.terminal.note("the \(word) \(id) names the person too and is not erased: \(remedy)")
            }
        }
    }

    private static func hold(_ invocation: Invocation) async throws -> ExitCode {
        guard let reason = invocation.arguments.value("--reason") else {
            throw UsageError(message: "'audit hold' needs --reason", command: "audit")
        }
        var body: JSONObject = ["reason": .string(reason)]
        body["job"] = invocation.arguments.value("--job").map { .string($0) }
        let answer = try await SchedulerClient.with(invocation.configuration) { [body] client in
            try await client.post("/audit/holds", body)
        }
        invocation.terminal.result(invocation.isJSON ? answer.text() : answer["id"]?.string ?? "")
        return .ok
    }

    private static func holds(_ invocation: Invocation) async throws -> ExitCode {
        let answer = try await SchedulerClient.with(invocation.configuration) { try await $0.get("/audit/holds") }
        for hold in (answer["holds"]?.array ?? []).compactMap(\.object) {
            let columns = [
                hold["id"]?.string ?? "", hold["since"]?.string ?? "", hold["job"]?.string ?? "everything",
                hold["reason"]?.string ?? "",
            ]
            invocation.terminal.result(invocation.isJSON ? hold.text() : columns.joined(separator: "  "))
        }
        return .ok
    }
}

extension AuditRestore {
    /// What it did to the records, as a sentence.
    var words: String {
        let place = aside.isEmpty ? "are lost: there was no data to set aside" : "are in \(aside)"
        return
            "restored from a backup on \(RFC3339.format(timestamp)): records \(kept + 1) to \(seen) as checkpoints had "
            + "seen them \(place)"
    }

    fileprivate var json: JSONObject {
        [
            "ts": .string(RFC3339.format(timestamp)), "first": .integer(kept + 1), "last": .integer(seen),
            "aside": .string(aside),
        ]
    }
}
