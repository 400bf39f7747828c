import Threads

/// A connection that only reads, on a thread of its own.
///
/// Reads see everything committed before they began. One long read delays the others and checkpoints: page through lists.
package actor SQLiteReader {
    private let thread: BlockingThread
    private var database: SQLiteDatabase?

    /// Reads run on the connection's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens a database that a writer has created.
    ///
    /// - Throws: `SQLiteError`.
    package init(path: String) async throws {
        thread = BlockingThread(name: "sqlite-read")
        try open(path)
    }

    private func open(_ path: String) throws { database = try SQLiteDatabase(path: path, role: .reader) }

    /// Runs queries against one consistent state.
    ///
    /// - Throws: `SQLiteError`, and what `body` throws.
    package func read<R: Sendable>(_ body: @Sendable (SQLiteDatabase) throws -> R) throws -> R {
        guard let database else { throw SQLiteError(.closed, "The database was closed") }
        try database.run("BEGIN")
        defer { if database.isInTransaction { _ = try? database.run("COMMIT") } }
        return try body(database)
    }

    /// Closes the connection; later reads throw `closed`.
    package func close() { database = nil }
}
