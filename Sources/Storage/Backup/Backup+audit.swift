package import JSON
import JobModel
import SQLite
import Threads

extension Backup {
    /// What the audit says of a backup that was made.
    package static func deed(_ content: Content, in directory: String) -> (action: String, detail: JSONObject) {
        let detail: JSONObject = [
            "directory": .string(directory), "files": JSONValue(content.files), "missing": JSONValue(content.missing),
            "result": "done",
        ]
        return ("backup.made", detail)
    }

    /// What the audit says of a backup that could not be made.
    package static func deed(_ error: StorageError) -> (action: String, detail: JSONObject) {
        let reason =
            switch error.code {
            case .storageFull: ReasonCode.storageFull.rawValue
            case .conflict: "conflict"
            default: ReasonCode.ioError.rawValue
            }
        return (
            "backup.failed", ["result": "failed", "reason": .string(reason), "message": .string(error.message)]
        )
    }

    /// Puts something on record in data that no server uses.
    ///
    /// Data of another program is left as it is: to open it would bring it to this program's schema, and whoever makes a backup
    /// before an upgrade may want to go back.
    /// - Parameters:
    ///   - database: path of the store's file.
    ///   - use: of that file, by the caller.
    /// - Throws: `StorageError`: `damaged` when the data is of another program.
    package static func record(
        _ entry: AuditEntry,
        in database: String,
        holding use: ExclusiveUse,
        vault: AuditVault? = nil
    ) async throws {
        let version = try await BlockingThread(name: "cpa-backup").run {
            do {
                return try SQLiteBackup.read(database, "PRAGMA user_version").first.flatMap { Int($0) } ?? 0
            } catch let error as SQLiteError { throw StorageError(error) }
        }
        let own = Schema.migrations.last?.version ?? 0
        guard version == own else {
            throw StorageError(.damaged, "'\(database)' has schema \(version), this program writes \(own)")
        }
        let store = try await SQLiteStore(path: database, vault: vault, holding: use)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await store.write { try $0.append(entry) })
        } catch {
            outcome = .failure(error)
        }
        await store.close()
        try outcome.get()
    }
}
