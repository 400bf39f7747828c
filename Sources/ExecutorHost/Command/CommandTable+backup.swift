import FoundationEssentials
import JSON
import JobModel
import JobScheduler
import Storage

extension CommandTable {
    /// Copies what is durable.
    static let backup = Command(
        name: "backup",
        summary: "Copies database and files of a server, running or not.",
        arguments: [.init(name: "DIRECTORY", isOptional: true)],
        options: [.setting("--scheduler", "url", .schedulerURL)],
        examples: ["cpa backup", "cpa backup /mnt/nas/cpa-monday   # with the server stopped"],
        run: { invocation in
            let paths = Paths(invocation.configuration)
            let now = SchedulerEnvironment.live.now()
            if FileManager.default.fileExists(atPath: paths.database), let use = try freeUse(of: paths) {
                let directory = invocation.arguments.positionals.first ?? paths.backup(at: now)
                let content = try await makeBackup(in: directory, paths, use, invocation)
                return report(directory, content.files, content.missing, invocation)
            }
            guard invocation.arguments.positionals.isEmpty else {
                throw UsageError(
                    message: "a running server chooses the directory itself; leave DIRECTORY out",
                    command: "backup"
                )
            }
            let answer = try await SchedulerClient.with(invocation.configuration) { client in
                try await client.call("POST", "/backup")
            }
            let directory = answer["directory"]?.string ?? ""
            return report(directory, answer["files"]?.int ?? 0, answer["missing"]?.int ?? 0, invocation)
        }
    )

    /// Makes a backup of data that no server uses, and puts that on record there, as a server does.
    private static func makeBackup(
        in directory: String,
        _ paths: Paths,
        _ use: ExclusiveUse,
        _ invocation: Invocation
    ) async throws -> Backup.Content {
        let content: Backup.Content
        do {
            content = try await Backup.make(database: paths.database, artifacts: paths.artifacts, in: directory)
        } catch let error as StorageError {
            // Why there is no backup matters more than that it is not on record.
            try? await record(Backup.deed(error), paths, use)
            throw error
        }
        do {
            try await record(Backup.deed(content, in: directory), paths, use)
        } catch {
            invocation.terminal.note("cpa: the backup is made, but not on record: \(error)")
        }
        return content
    }

    /// Puts it on record in the data; the backup is of the moment before.
    ///
    /// The next server signs it. A checkpoint of it now would be one that the backup does not fit.
    private static func record(
        _ deed: (action: String, detail: JSONObject),
        _ paths: Paths,
        _ use: ExclusiveUse
    ) async throws {
        let entry = AuditEntry(
            tenant: .default,
            timestamp: SchedulerEnvironment.live.now(),
            actor: "cli",
            action: deed.action,
            job: nil,
            detail: deed.detail
        )
        let hasKey = FileManager.default.fileExists(atPath: paths.auditKey)
        let vault = try hasKey ? AuditVault(master: AuditKeys.read(paths.auditKey)) : nil
        try await Backup.record(entry, in: paths.database, holding: use, vault: vault)
    }

    /// Puts a copy in the place of what is there.
    static let restore = Command(
        name: "restore",
        summary: "Puts a backup in the place of the data; the server must be stopped.",
        arguments: [.init(name: "DIRECTORY")],
        options: [.flag("--no-pause", "let what waits run at the next start, though it may have run since")],
        examples: ["cpa restore data/backups/20260301T083000.123Z"],
        run: { invocation in
            let paths = Paths(invocation.configuration)
            try Paths.make(paths.root)
            let directory = invocation.arguments.positionals[0]
            let now = SchedulerEnvironment.live.now()
            let mustPause = !invocation.arguments.flags.contains("--no-pause")
            let content = try await Backup.restore(
                directory,
                database: paths.database,
                artifacts: paths.artifacts,
                at: now
            ) { store, aside in
                if mustPause { try await pause(store, at: now) }
                try await noteRestore(of: directory, aside, store, paths, at: now, invocation)
            }
            if mustPause { invocation.terminal.note("the queue is paused; 'cpa queue resume --all' lets jobs run") }
            return report(directory, content.files, content.missing, invocation)
        }
    )

    private static func pause(_ store: SQLiteStore, at now: Int64) async throws {
        try await store.write { transaction in
            var policy = try transaction.policy(of: nil)
            policy.pause = PolicyRecord.Pause(
                since: now,
                actor: "cli",
                note: "restored from a backup: what waits may have run since"
            )
            try transaction.save(policy, at: now)
            try transaction.notifyIndexOfPolicies()
        }
    }

    private static func untold(_ checkpoints: String, _ error: any Error) -> String {
        "cpa: \(checkpoints) was not told of the restore, so 'cpa audit verify' will miss the records since the backup: \(error)"
    }

    /// Puts on record that a backup took the place of the data, in the audit and among its checkpoints.
    private static func noteRestore(
        of directory: String,
        _ aside: String?,
        _ store: SQLiteStore,
        _ paths: Paths,
        at now: Int64,
        _ invocation: Invocation
    ) async throws {
        let path = invocation.configuration[.auditCheckpoints] ?? paths.auditCheckpoints
        var checkpoints: AuditCheckpointFile?
        var restores: [AuditRestore] = []
        if FileManager.default.fileExists(atPath: path) {
            do {
                let file = try await AuditCheckpointFile(path: path, seed: try AuditKeys.read(paths.auditSigningKey))
                restores = try await file.noteRestore(of: store, aside: aside ?? "", at: now)
                checkpoints = file
            } catch {
                invocation.terminal.note(untold(path, error))
            }
        }
        let seen = restores.map { ($0.tenant.rawValue, JSONValue.integer($0.seen) as JSONValue?) }
        let entry = AuditEntry(
            tenant: .default,
            timestamp: now,
            actor: "cli",
            action: "backup.restored",
            job: nil,
            detail: [
                "directory": .string(directory), "aside": aside.map { .string($0) } ?? .null,
                "seen": .object(JSONObject(seen)),
            ]
        )
        try await store.write { try $0.append(entry) }
        do {
            try await checkpoints?.add(try await store.read { try $0.auditHeads() }, at: now)
        } catch {
            invocation.terminal.note(untold(path, error))
        }
        for restore in restores { invocation.terminal.note("the audit of \(restore.tenant): \(restore.words)") }
    }

    /// The data for ourselves alone; nil while a server has it.
    private static func freeUse(of paths: Paths) throws -> ExclusiveUse? {
        do {
            return try ExclusiveUse(path: paths.database + ".lock")
        } catch let error as StorageError where error.code == .inUse { return nil }
    }

    private static func report(_ directory: String, _ files: Int, _ missing: Int, _ invocation: Invocation) -> ExitCode
    {
        if invocation.isJSON {
            let json: JSONObject = [
                "directory": .string(directory), "files": JSONValue(files), "missing": JSONValue(missing),
            ]
            invocation.terminal.result(json.text())
        } else {
            invocation.terminal.result(directory)
        }
        guard missing > 0 else { return .ok }
        invocation.terminal.note("cpa: \(missing) file\(missing == 1 ? " is" : "s are") named but nowhere to be found")
        return .failed
    }
}
