import Synchronization
import Threads

/// The one connection that writes and checkpoints a database, on a thread of its own, with group commit.
///
/// A write is committed at once when the writer is idle. Writes that arrive during a commit (one `fsync`) share the next
/// one, which may wait a little for more (`CommitPace`): a write that fails takes nothing of the others with it. Order of
/// commit is order of arrival. A closure may run a second time when another of its batch or the commit failed, so it changes
/// nothing but the database.
package final class SQLiteWriter: Sendable {
    /// A write that waits for its commit.
    struct Unit: Sendable {
        /// Runs in the transaction; returns what to do once it is committed.
        let perform: @Sendable (SQLiteTransaction) throws -> @Sendable () -> Void
        /// Ends it without a commit.
        let fail: @Sendable (any Error) -> Void
    }

    private struct Queue {
        var units: [Unit] = []
        /// As many as the connection waits for.
        var awaited: Int?
        var isDraining = false
        var isClosed = false
        /// When the writes under way began, or the first that waits came; matters only while it drains.
        var progress = ContinuousClock.now
        /// Why the database took nothing of the last batch.
        var failure: SQLiteError?
    }

    /// Writes that share one commit at most; bounds how long the first of them waits.
    static let batchLimit = 256
    /// Writes that wait at most, unless said otherwise.
    package static let queueLimit = 10_000

    private let connection: SQLiteWriterConnection
    private let queueLimit: Int
    private let queue = Mutex(Queue())
    private let areEnough = TimedSemaphore()
    private let commitCount = Atomic<Int>(0)

    /// Commits since the start; fewer than writes when commits were shared.
    package var commits: Int { commitCount.load(ordering: .relaxed) }
    /// Writes that wait for a commit to begin.
    package var waiting: Int { queue.withLock { $0.units.count } }

    /// Opens (or creates) the database at `path` and brings its schema forward.
    ///
    /// - Parameters:
    ///   - queueLimit: writes that wait at most; more throw `overloaded`.
    ///   - check: runs on the connection's thread before each commit; what it throws, all its writes throw.
    /// - Throws: `SQLiteError`.
    package convenience init(
        path: String,
        migrations: [SQLiteMigration],
        queueLimit: Int = queueLimit,
        check: @escaping @Sendable () throws -> Void = {}
    ) async throws {
        let pace = CommitPace()
        try await self.init(path: path, migrations: migrations, queueLimit: queueLimit, check: check, pace: pace)
    }

    init(
        path: String,
        migrations: [SQLiteMigration],
        queueLimit: Int = queueLimit,
        check: @escaping @Sendable () throws -> Void = {},
        pace: CommitPace
    ) async throws {
        self.queueLimit = queueLimit
        connection = SQLiteWriterConnection(check: check, pace: pace)
        try await connection.open(path, migrations)
    }

    /// Runs `body` in a transaction; returns when that is committed and synced to disk.
    ///
    /// Cancelling the caller does not take the write back.
    /// - Throws: `SQLiteError`, and what `body` throws; nothing of the write was kept then.
    @discardableResult
    package func write<R: Sendable>(_ body: @escaping @Sendable (SQLiteTransaction) throws -> R) async throws -> R {
        // Each unit ends once: by its answer, or by `fail`.
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<R, any Error>) in
            let unit = Unit { transaction in
                let value = try body(transaction)
                return { continuation.resume(returning: value) }
            } fail: { error in
                continuation.resume(throwing: error)
            }
            submit(unit)
        }
    }

    private func submit(_ unit: Unit) {
        let (refusal, mustWake): (SQLiteError?, Bool) = queue.withLock { queue in
            if queue.isClosed { return (SQLiteError(.closed, "The database was closed"), false) }
            if queue.units.count >= queueLimit {
                return (SQLiteError(.overloaded, "\(queueLimit) writes wait already; try again later"), false)
            }
            queue.units.append(unit)
            if !queue.isDraining { queue.progress = .now }
            if let awaited = queue.awaited, queue.units.count >= awaited { endWait(&queue) }
            defer { queue.isDraining = true }
            return (nil, !queue.isDraining)
        }
        if let refusal { unit.fail(refusal) }
        // Not structured: the drain serves every caller, and ends by itself when nothing waits.
        if mustWake { Task { await connection.drain(self) } }
    }

    private func endWait(_ queue: inout Queue) {
        if queue.awaited != nil { areEnough.signal() }
        queue.awaited = nil
    }

    /// Blocks while some writes wait, but not so many, and the time is not over; for the connection's thread.
    func wait(for count: Int, atMost limit: Duration) {
        let mustWait = queue.withLock { queue in
            let mustWait = !queue.isClosed && (1..<count).contains(queue.units.count)
            if mustWait { queue.awaited = count }
            return mustWait
        }
        guard mustWait else { return }
        // A signal that comes as the time runs out shortens the next wait; no write is lost by that.
        _ = areEnough.wait(atMost: limit)
        queue.withLock { $0.awaited = nil }
    }

    /// The next writes to commit together; nil when nothing waits, and then the drain is over.
    func nextBatch() -> [Unit]? {
        queue.withLock { queue in
            guard !queue.units.isEmpty else {
                queue.isDraining = false
                return nil
            }
            let batch = Array(queue.units.prefix(Self.batchLimit))
            queue.units.removeFirst(batch.count)
            queue.progress = .now
            commitCount.add(1, ordering: .relaxed)
            return batch
        }
    }

    /// Notes what became of a batch; for the connection's thread.
    ///
    /// - Parameter failure: why the database took none of it; nil when it did, whatever became of single writes.
    func committed(_ failure: SQLiteError?) { queue.withLock { $0.failure = failure } }

    /// A write that changes nothing: it needs the database's lock, and nothing of the disk.
    private static let trial = Unit(perform: { _ in {} }, fail: { _ in })

    /// Whether writes are taken now; what is asked often, and does not wait for the disk.
    ///
    /// - Parameters:
    ///   - isTrying: for who does not write: says how the last write ended too, and begins one that changes nothing when none
    ///     is under way, so that the next who asks learns more.
    ///   - patience: how long a write may take.
    /// - Throws: `SQLiteError` with `busy` when one takes longer, or that with which the last was refused.
    package func check(isTrying: Bool, patience: Duration = .seconds(3)) throws {
        let (isIdle, wait, failure) = queue.withLock { queue in
            let wait = queue.isDraining ? queue.progress.duration(to: .now) : .zero
            return (!queue.isDraining && !queue.isClosed, wait, queue.failure)
        }
        if isIdle, isTrying { submit(Self.trial) }
        guard wait <= patience else {
            throw SQLiteError(
                .busy,
                "A write has not ended for \(wait.components.seconds) s: the disk, or another program, holds it up"
            )
        }
        if isTrying, let failure { throw failure }
    }

    /// Moves the WAL into the database and empties it, as far as readers let it.
    package func checkpoint() async { await connection.checkpoint() }

    /// Lets the waiting writes finish, moves the WAL into the database and closes it.
    package func close() async {
        queue.withLock { queue in
            queue.isClosed = true
            endWait(&queue)
        }
        await connection.drain(self)
        await connection.close()
    }
}

/// The writer's connection, pinned to its thread.
actor SQLiteWriterConnection {
    private let thread = BlockingThread(name: "sqlite-write")
    private let check: @Sendable () throws -> Void
    private var pace: CommitPace
    private var database: SQLiteDatabase?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(check: @escaping @Sendable () throws -> Void, pace: CommitPace) {
        self.check = check
        self.pace = pace
    }

    func open(_ path: String, _ migrations: [SQLiteMigration]) throws {
        let database = try SQLiteDatabase(path: path, role: .writer)
        try database.migrate(migrations)
        self.database = database
    }

    func checkpoint() {
        if let database { _ = try? database.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.integer(0) } }
    }

    func close() {
        if let database { _ = try? database.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.integer(0) } }
        database = nil
    }

    func drain(_ writer: SQLiteWriter) {
        while true {
            if let pause = pace.pause(at: .now) { writer.wait(for: CommitPace.share, atMost: pause) }
            guard let batch = writer.nextBatch() else { return }
            pace.begin(with: batch.count, at: .now)
            guard let database else {
                for unit in batch { unit.fail(SQLiteError(.closed, "The database was closed")) }
                continue
            }
            writer.committed(commit(batch, database))
        }
    }

    /// Commits a batch; one whose commit is refused is run again unit by unit, to fail only the unit to blame.
    ///
    /// - Returns: why the database took none of it, when no unit is to blame and it is not for want of room.
    private func commit(_ batch: [SQLiteWriter.Unit], _ database: SQLiteDatabase) -> SQLiteError? {
        do {
            try check()
        } catch {
            for unit in batch { unit.fail(error) }
            return nil
        }
        do {
            try SQLiteBatch(batch).commit(to: database)
            return nil
        } catch {
            var failure = error as? SQLiteError
            switch failure?.code {
            case .busy, .io, .full:
                for unit in batch { unit.fail(error) }
            default:
                if batch.count > 1 {
                    for unit in batch { failure = commit([unit], database) }
                } else {
                    batch[0].fail(error)
                }
            }
            switch failure?.code {
            case .busy, .io, .cannotOpen, .corrupt: return failure
            default: return nil
            }
        }
    }
}
