package import JobModel
import SQLite
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The store in one SQLite file: one writer with group commit, one reader.
package final class SQLiteStore: Store {
    private let writer: SQLiteWriter
    private let reader: SQLiteReader
    private let use: Mutex<ExclusiveUse?>
    /// Of the database and its lock.
    private let places: FilePlaces
    private let changes = JobChangeCounts()
    private let heads = AuditHeads()
    private let recent = RecentJobs()
    /// Seals what is personal in the audit; without it nothing personal is kept there.
    private let vault: AuditVault?

    /// Opens or creates the database with mode 0600, and its directory with mode 0700.
    ///
    /// - Parameters:
    ///   - vault: seals what is personal in the audit; nil keeps nothing personal there.
    ///   - lock: of the database, where the caller has it already.
    /// - Throws: `StorageError`; `inUse` when another process has it open, `damaged` when a newer program wrote it, or when
    ///   the audit was sealed with another key than the vault's.
    package init(path: String, vault: AuditVault? = nil, holding lock: ExclusiveUse? = nil) async throws {
        self.vault = vault
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !directory.isEmpty { try Directory.create(directory, mode: 0o700) }
        use = Mutex(try lock ?? ExclusiveUse(path: path + ".lock"))
        try Self.createPrivately(path)
        let places = FilePlaces(of: [path, path + ".lock"])
        self.places = places
        do {
            writer = try await SQLiteWriter(path: path, migrations: Schema.migrations, check: places.check)
            reader = try await SQLiteReader(path: path)
            try await checkVault()
        } catch let error as SQLiteError { throw StorageError(error) }
    }

    /// A key that cannot be unwrapped must stop the start: records sealed under another one could never be read together.
    private func checkVault() async throws {
        guard let vault else { return }
        let key = try await reader.read { database in
            try database.first(
                "SELECT id, tenant, wrapped FROM audit_keys WHERE destroyed_ms IS NULL ORDER BY created_ms DESC LIMIT 1"
            ) { (id: $0.text(0), tenant: TenantID($0.text(1)), wrapped: $0.blob(2)) }
        }
        guard let key, try !vault.wrapped(key.wrapped, key.id, key.tenant) else { return }
        throw AuditVault.otherMaster
    }

    package func checkpoint() async {
        await writer.checkpoint()
    }

    /// SQLite would create the file readable to all; what it puts beside it takes over this file's mode.
    private static func createPrivately(_ path: String) throws {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StorageError(errno: errno, "open the database '\(path)'") }
        Glibc.close(file)
    }

    package func write<R: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> R
    ) async throws -> R {
        do {
            return try await writer.write { [vault, changes, heads, recent] in
                let transaction = SQLiteStoreTransaction($0, vault, heads, recent)
                // The first of its hooks: who hears of the commit must not find what was read before it.
                $0.afterCommit { [changed = transaction.changed] in changes.note(changed.jobs) }
                return try body(transaction)
            }
        } catch let error as SQLiteError { throw StorageError(error) }
    }

    package func read<R: Sendable>(_ body: @escaping @Sendable (any StoreSnapshot) throws -> R) async throws -> R {
        do {
            return try await reader.read { [vault] in
                try body(SQLiteStoreSnapshot(database: $0, vault: vault))
            }
        } catch let error as SQLiteError { throw StorageError(error) }
    }

    package func check(isTrying: Bool) throws {
        // A write looks by itself.
        if isTrying { try places.check() }
        do { try writer.check(isTrying: isTrying) } catch let error as SQLiteError { throw StorageError(error) }
    }

    package func changes(of job: JobID) -> Int { changes.count(of: job) }

    /// Commits (each one sync of the disk) since the start; fewer than writes when commits were shared.
    package var commits: Int { writer.commits }

    package func close() async {
        await reader.close()
        await writer.close()
        use.withLock { $0 = nil }
    }
}

/// A database that repositories read from.
protocol SQLiteReading: StoreSnapshot {
    var database: SQLiteDatabase { get }
    var vault: AuditVault? { get }
}

/// A database that repositories write to.
protocol SQLiteWriting: SQLiteReading, StoreTransaction {
    var recent: RecentJobs { get }
    var changed: ChangedJobs { get }
    var heads: AuditHeads { get }
}

struct SQLiteStoreSnapshot: SQLiteReading {
    let database: SQLiteDatabase
    let vault: AuditVault?
}

struct SQLiteStoreTransaction: SQLiteWriting {
    private let transaction: SQLiteTransaction
    let vault: AuditVault?
    let heads: AuditHeads
    let recent: RecentJobs
    let changed: ChangedJobs
    var database: SQLiteDatabase { transaction.database }

    init(_ transaction: SQLiteTransaction, _ vault: AuditVault?, _ heads: AuditHeads, _ recent: RecentJobs) {
        self.transaction = transaction
        self.vault = vault
        self.heads = heads
        self.recent = recent
        changed = ChangedJobs(recent)
    }

    func afterCommit(_ hook: @escaping @Sendable () -> Void) { transaction.afterCommit(hook) }

    package func job(_ id: JobID) throws -> JobRecord? { try recent.job(id) ?? storedJob(id) }
}
