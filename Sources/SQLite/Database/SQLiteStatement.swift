import CSQLite

/// A prepared statement; lives in its database's cache and is used on that database's thread.
final class SQLiteStatement {
    private let database: OpaquePointer
    private let statement: OpaquePointer
    private let sql: String

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
    }

    deinit { sqlite3_finalize(statement) }

    /// Runs it; `body` gets each row.
    func run(_ values: [(any SQLiteBindable)?], _ body: (SQLiteRow) throws -> Void) throws {
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        try bind(values)
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try body(SQLiteRow(statement: statement))
            case SQLITE_DONE: return
            default: throw SQLiteError(database: database, "'\(sql)'")
            }
        }
    }

    private func bind(_ values: [(any SQLiteBindable)?]) throws {
        let wanted = Int(sqlite3_bind_parameter_count(statement))
        guard values.count == wanted else {
            throw SQLiteError(.misuse, "\(values.count) values for \(wanted) parameters of '\(sql)'")
        }
        for (index, value) in values.enumerated() {
            guard bind(value?.sqliteValue ?? .null, at: Int32(index + 1)) == SQLITE_OK else {
                throw SQLiteError(database: database, "binding parameter \(index + 1) of '\(sql)'")
            }
        }
    }

    private func bind(_ value: SQLiteValue, at index: Int32) -> Int32 {
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
        case .real(let real): sqlite3_bind_double(statement, index, real)
        case .text(let text):
            sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), cpa_sqlite_transient())
        case .blob(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(statement, index, 0)
        case .blob(let bytes):
            sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), cpa_sqlite_transient())
        }
    }
}
