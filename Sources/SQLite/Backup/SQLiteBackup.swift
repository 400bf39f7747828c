/// A copy of a database that is in use, by SQLite's backup API.
package enum SQLiteBackup {
    /// Copies the state of one moment; writers go on meanwhile.
    ///
    /// Blocks: call it on a thread of its own. Checkpoints wait until it has ended, since it reads one state all along.
    /// - Parameters:
    ///   - source: a database file that this process has open, or nobody has.
    ///   - target: a file that must not exist.
    /// - Throws: `SQLiteError`; what was written of the target stays.
    package static func copy(_ source: String, to target: String) throws {
        let from = try SQLiteDatabase(path: source, role: .reader)
        try from.run("BEGIN")
        // The first read fixes the state; without it the copy would begin anew with every commit.
        _ = try from.first("PRAGMA schema_version") { $0.integer(0) }
        let into = try SQLiteDatabase(path: target, role: .copy)
        try from.copyPages(to: into)
        try from.run("COMMIT")
        try into.checkIntegrity()
    }

    /// Whether a file is a database in good order.
    ///
    /// - Throws: `SQLiteError` with what is wrong.
    package static func check(_ path: String) throws {
        try SQLiteDatabase(path: path, role: .copy).checkIntegrity()
    }

    /// The first column of a query's rows, from a copy.
    package static func read(_ path: String, _ sql: String) throws -> [String] {
        try SQLiteDatabase(path: path, role: .copy).all(sql) { $0.text(0) }
    }
}

extension SQLiteDatabase {
    fileprivate func checkIntegrity() throws {
        let word = try first("PRAGMA quick_check(1)") { $0.text(0) }
        guard word == "ok" else { throw SQLiteError(.corrupt, "The database is damaged: \(word ?? "no answer")") }
    }
}
