import CSQLite

/// An open database, used on one thread: inside a closure of `SQLiteWriter` or `SQLiteReader`.
package final class SQLiteDatabase {
    /// What a connection is for.
    enum Role {
        /// The one connection that writes and checkpoints.
        case writer
        /// Reads only and never checkpoints: SQLite before 3.51.3 can lose a WAL that two connections reset.
        case reader
        /// A file nobody else has open, as it is: its journal mode is not touched.
        case copy
    }

    private let database: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]
    /// Statements by where their text lies.
    private var recent: [UInt: SQLiteStatement] = [:]

    /// Statements kept prepared; programs have a fixed set of texts, so this bounds mistakes.
    private static let statementLimit = 200

    /// Has an effect before SQLite starts only, which it does with the first database.
    private static let configuration = cpa_sqlite_count_no_memory()

    init(path: String, role: Role) throws {
        _ = Self.configuration
        var database: OpaquePointer?
        let access = role == .reader ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let status = sqlite3_open_v2(path, &database, access | SQLITE_OPEN_NOMUTEX, nil)
        guard status == SQLITE_OK, let database else {
            defer { sqlite3_close_v2(database) }
            throw SQLiteError(database: database, "opening '\(path)'")
        }
        self.database = database
        sqlite3_extended_result_codes(database, 1)
        for pragma in Self.pragmas(of: role) { try run(pragma) }
    }

    deinit {
        (statements, recent) = ([:], [:])
        sqlite3_close_v2(database)
    }

    /// Every event, message and step would look its job up again, in the transaction that has just read or written it. So, like
    /// an assertion, this holds in debug builds, in which the tests run; a chaos run ends with `PRAGMA foreign_key_check`.
    private static var checksReferences: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    private static func pragmas(of role: Role) -> [String] {
        let common = ["PRAGMA busy_timeout = 5000", "PRAGMA trusted_schema = OFF"]
        return switch role {
        case .writer:
            common + [
                "PRAGMA foreign_keys = \(checksReferences ? "ON" : "OFF")",
                "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA journal_size_limit = 16777216",
                // 4 MB of log between two checkpoints: each one syncs twice more, and who writes meanwhile waits for all of it.
                "PRAGMA wal_autocheckpoint = 1000",
                // KiB. The upper pages of every index stay in memory under load.
                "PRAGMA cache_size = -32768",
                // Or what a savepoint keeps would go through a file.
                "PRAGMA temp_store = MEMORY",
                // What is deleted or written over inside a page is zeroed: an erased key must not lie there.
                "PRAGMA secure_delete = FAST",
            ]
        case .copy: common
        case .reader: common + ["PRAGMA wal_autocheckpoint = 0", "PRAGMA query_only = ON"]
        }
    }

    /// Runs one statement whose rows are of no interest; returns the number of rows it changed.
    ///
    /// - Throws: `SQLiteError`.
    @discardableResult
    package func run(_ sql: String, _ values: (any SQLiteBindable)?...) throws -> Int {
        try run(sql) { Self.add(values, to: &$0) }
    }

    /// The same with values that are bound as they are given, for statements that run with every write.
    ///
    /// - Throws: `SQLiteError`.
    @discardableResult
    package func run(_ sql: String, binding bind: (inout SQLiteValues) -> Void) throws -> Int {
        try statement(sql).run(bind) { _ in }
        return Int(sqlite3_changes(database))
    }

    /// The rows of a query, each made into a value.
    ///
    /// - Throws: `SQLiteError`, and what `row` throws.
    package func all<R>(
        _ sql: String,
        _ values: (any SQLiteBindable)?...,
        row: (SQLiteRow) throws -> R
    ) throws -> [R] {
        var rows: [R] = []
        try statement(sql).run({ Self.add(values, to: &$0) }, { rows.append(try row($0)) })
        return rows
    }

    /// The first row of a query, or nil.
    ///
    /// - Throws: `SQLiteError`, and what `row` throws.
    package func first<R>(
        _ sql: String,
        _ values: (any SQLiteBindable)?...,
        row: (SQLiteRow) throws -> R
    ) throws -> R? {
        var result: R?
        try statement(sql).run({ Self.add(values, to: &$0) }, { if result == nil { result = try row($0) } })
        return result
    }

    private static func add(_ list: [(any SQLiteBindable)?], to values: inout SQLiteValues) {
        for value in list { values.add(value?.sqliteValue ?? .null) }
    }

    /// The rowid of the last insert.
    package var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(database) }

    /// Rows changed since the connection was opened, rolled back or not.
    var changes: Int { Int(sqlite3_total_changes(database)) }

    /// Whether a transaction is open; some errors roll one back by themselves.
    var isInTransaction: Bool { sqlite3_get_autocommit(database) == 0 }

    /// The writes under way that are kept or lost together, by number: what one of them left holds for the next.
    package private(set) var stretch = 0

    func beginStretch() { stretch += 1 }

    /// Runs several statements separated by semicolons, without values.
    func script(_ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw SQLiteError(database: database, "a script")
        }
    }

    /// Runs `body` with every page zeroed that becomes free meanwhile: as a rule only what is deleted inside of pages is, which
    /// costs no write of its own.
    ///
    /// The setting changes while SQLite reads the statement, so one that is kept prepared would change it once.
    /// - Throws: `SQLiteError`, and what `body` throws.
    @discardableResult
    package func withFreedPagesZeroed<R>(_ body: () throws -> R) throws -> R {
        try script("PRAGMA secure_delete = ON")
        // Left on, it would cost writes and do no harm.
        defer { try? script("PRAGMA secure_delete = FAST") }
        return try body()
    }

    /// Copies every page into another database.
    func copyPages(to target: SQLiteDatabase) throws {
        guard let backup = sqlite3_backup_init(target.database, "main", database, "main") else {
            throw SQLiteError(database: target.database, "beginning a backup")
        }
        var status = SQLITE_OK
        while status == SQLITE_OK { status = sqlite3_backup_step(backup, 1_024) }
        sqlite3_backup_finish(backup)
        guard status == SQLITE_DONE else { throw SQLiteError(database: target.database, "a backup") }
    }

    private func statement(_ sql: String) throws -> SQLiteStatement {
        let place = Self.place(of: sql)
        // Comparing a text with itself costs nothing.
        if let place, let statement = recent[place], statement.sql == sql { return statement }
        let statement: SQLiteStatement
        if let known = statements[sql] {
            statement = known
        } else {
            if statements.count >= Self.statementLimit { (statements, recent) = ([:], [:]) }
            statement = try SQLiteStatement(database: database, sql: sql)
            statements[sql] = statement
        }
        // One that is put together anew for each call lies elsewhere the next time.
        if let place, Self.place(of: statement.sql) == place { recent[place] = statement }
        return statement
    }

    /// Where a text lies: one that is written in the program, or made once, is found by that faster than by what it says.
    ///
    /// - Returns: nil for a short one, which lies nowhere for long.
    private static func place(of sql: String) -> UInt? {
        guard sql.utf8.count > 15 else { return nil }
        return sql.utf8.withContiguousStorageIfAvailable { UInt(bitPattern: $0.baseAddress) }
    }
}
