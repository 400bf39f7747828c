/// One step of a schema: takes the database from `version - 1` to `version`.
package struct SQLiteMigration: Sendable {
    /// From 1, without holes.
    package var version: Int
    /// Statements separated by semicolons.
    package var sql: String

    /// A step.
    package init(version: Int, sql: String) {
        self.version = version
        self.sql = sql
    }
}

extension SQLiteDatabase {
    /// Brings the schema forward; each step is one transaction together with its version number.
    ///
    /// - Throws: `SQLiteError` with `newerSchema` when the file is ahead of `migrations`; nothing was changed then.
    func migrate(_ migrations: [SQLiteMigration]) throws {
        let current = try first("PRAGMA user_version") { Int($0.integer(0)) } ?? 0
        let newest = migrations.last?.version ?? 0
        guard current <= newest else {
            throw SQLiteError(
                .newerSchema,
                "The database has schema \(current), this program knows \(newest): run the newer program"
            )
        }
        for migration in migrations where migration.version > current {
            try run("BEGIN IMMEDIATE")
            do {
                try script(migration.sql)
                try run("PRAGMA user_version = \(migration.version)")
                try run("COMMIT")
            } catch {
                if isInTransaction { _ = try? run("ROLLBACK") }
                throw error
            }
        }
    }
}
