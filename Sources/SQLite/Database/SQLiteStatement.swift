import CSQLite

/// A prepared statement; lives in its database's cache and is used on that database's thread.
final class SQLiteStatement {
    private let database: OpaquePointer
    private let statement: OpaquePointer
    let sql: String
    private let parameters: Int
    private var values: SQLiteValues

    init(database: OpaquePointer, sql: String) throws {
        var statement: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        let (status, hasTail) = sql.withCString { text in
            let status = sqlite3_prepare_v3(database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
            return (status, tail.map { $0.pointee != 0 } ?? false)
        }
        guard status == SQLITE_OK, let statement else { throw SQLiteError(database: database, "'\(sql)'") }
        guard !hasTail else {
            sqlite3_finalize(statement)
            throw SQLiteError(.misuse, "One statement at a time, this has text after the first: '\(sql)'")
        }
        self.database = database
        self.statement = statement
        self.sql = sql
        parameters = Int(sqlite3_bind_parameter_count(statement))
        values = SQLiteValues(statement)
    }

    deinit { sqlite3_finalize(statement) }

    /// Runs it; `bind` gives its values, `body` gets each row.
    func run(_ bind: (inout SQLiteValues) -> Void, _ body: (SQLiteRow) throws -> Void) throws {
        defer {
            // What was bound is gone then; every run binds all of it anew before SQLite looks.
            sqlite3_reset(statement)
            values.reset()
        }
        bind(&values)
        try checkValues()
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try body(SQLiteRow(statement: statement))
            case SQLITE_DONE: return
            default: throw SQLiteError(database: database, "'\(sql)'")
            }
        }
    }

    private func checkValues() throws {
        guard values.count == parameters else {
            throw SQLiteError(.misuse, "\(values.count) values for \(parameters) parameters of '\(sql)'")
        }
        if let refused = values.refused {
            throw SQLiteError(database: database, "binding parameter \(refused) of '\(sql)'")
        }
    }
}
