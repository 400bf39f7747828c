import JobModel
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

    /// Opens or creates the database with mode 0600, and its directory with mode 0700.
    ///
    /// - Throws: `StorageError`; `inUse` when another process has it open, `damaged` when a newer program wrote it.
    package init(path: String) async throws {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !directory.isEmpty { try Directory.create(directory, mode: 0o700) }
        use = Mutex(try ExclusiveUse(path: path + ".lock"))
        try Self.createPrivately(path)
        do {
            writer = try await SQLiteWriter(path: path, migrations: Schema.migrations)
            reader = try await SQLiteReader(path: path)
        } catch let error as SQLiteError { throw StorageError(error) }
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
            return try await writer.write { try body(SQLiteStoreTransaction(transaction: $0)) }
        } catch let error as SQLiteError { throw StorageError(error) }
    }

    package func read<R: Sendable>(_ body: @escaping @Sendable (any StoreSnapshot) throws -> R) async throws -> R {
        do {
            return try await reader.read { try body(SQLiteStoreSnapshot(database: $0)) }
        } catch let error as SQLiteError { throw StorageError(error) }
    }

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
}

/// A database that repositories write to.
protocol SQLiteWriting: SQLiteReading, StoreTransaction {}

struct SQLiteStoreSnapshot: SQLiteReading {
    let database: SQLiteDatabase
}

struct SQLiteStoreTransaction: SQLiteWriting {
    let transaction: SQLiteTransaction
    var database: SQLiteDatabase { transaction.database }

    func afterCommit(_ hook: @escaping @Sendable () -> Void) { transaction.afterCommit(hook) }
}
