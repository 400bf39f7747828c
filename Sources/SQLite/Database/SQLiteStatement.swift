import CSQLite

/// A prepared statement; lives in its database's cache and is used on that database's thread.
final class SQLiteStatement {
    private let database: OpaquePointer
    private let statement: OpaquePointer
    let sql: String
    private var words = Words()

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
    func run(_ values: [SQLiteValue], _ body: (SQLiteRow) throws -> Void) throws {
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
            words.forget()
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

    private func bind(_ values: [SQLiteValue]) throws {
        let wanted = Int(sqlite3_bind_parameter_count(statement))
        guard values.count == wanted else {
            throw SQLiteError(.misuse, "\(values.count) values for \(wanted) parameters of '\(sql)'")
        }
        var size = 0
        for value in values { size += value.byteCount }
        words.reserve(size)
        for (index, value) in values.enumerated() {
            guard bind(value, at: Int32(index + 1)) == SQLITE_OK else {
                throw SQLiteError(database: database, "binding parameter \(index + 1) of '\(sql)'")
            }
        }
    }

    private func bind(_ value: SQLiteValue, at index: Int32) -> Int32 {
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
        case .real(let real): sqlite3_bind_double(statement, index, real)
        // Without a destructor: what is bound stays where it is until the statement has run.
        case .text(var text):
            text.withUTF8 { bytes in
                let word = words.add(UnsafeRawBufferPointer(bytes))
                return sqlite3_bind_text(statement, index, word, Int32(bytes.count), nil)
            }
        case .blob(let bytes):
            bytes.withUnsafeBytes { bytes in
                sqlite3_bind_blob(statement, index, words.add(bytes), Int32(bytes.count), nil)
            }
        }
    }
}

/// The texts and blobs a statement was given, in one piece of memory: SQLite would allocate a copy of each.
private struct Words: ~Copyable {
    /// What is kept from one run to the next.
    private static let keptSize = 64 << 10

    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var used = 0

    deinit { memory.deallocate() }

    /// Makes room for all of a run's; what was added before is gone.
    mutating func reserve(_ count: Int) {
        used = 0
        // An empty text has an address, too: SQLite takes none for NULL.
        guard count >= memory.count else { return }
        memory.deallocate()
        memory = .allocate(byteCount: max(count + 1, 1_024), alignment: 1)
    }

    /// Adds bytes there is room for, and returns where they are.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar>? {
        let place = UnsafeMutableRawBufferPointer(rebasing: memory[used..<used + bytes.count])
        place.copyMemory(from: bytes)
        used += bytes.count
        return UnsafeRawPointer(place.baseAddress)?.assumingMemoryBound(to: CChar.self)
    }

    /// Gives back what one large value took.
    mutating func forget() {
        guard memory.count > Self.keptSize else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}
