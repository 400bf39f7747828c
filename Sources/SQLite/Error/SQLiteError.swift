import CSQLite

/// What SQLite refused, in words a caller can act on.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong and what the caller can do about it.
    package enum Code: String, Sendable {
        /// The disk or the size limit is full; nothing of the transaction was kept. Free space, then try again.
        case full
        /// Reading, writing or syncing failed; the state on disk is uncertain until the database is opened again.
        case io
        /// Another connection holds the lock for longer than the busy timeout; try again.
        case busy
        /// A uniqueness, foreign key, NOT NULL or CHECK rule refused the row.
        case constraint
        /// The file is damaged or no database; restore it.
        case corrupt
        /// The file cannot be opened: missing directory, permissions.
        case cannotOpen
        /// A newer program wrote the schema; run that one.
        case newerSchema
        /// More writes wait than the queue takes; try again later.
        case overloaded
        /// The connection was closed.
        case closed
        /// A mistake in the SQL or its use.
        case misuse
    }

    /// What went wrong.
    package var code: Code
    /// SQLite's extended result code; 0 when the error is not SQLite's own.
    package var extendedCode: Int32
    /// One sentence; never holds bound values.
    package var message: String
    /// The sentence.
    package var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        extendedCode = 0
        self.message = message
    }

    /// The last error of a connection while doing `action`.
    init(database: OpaquePointer?, _ action: String) {
        extendedCode = sqlite3_extended_errcode(database)
        code = Self.code(of: extendedCode)
        message = "SQLite failed at \(action): \(String(cString: sqlite3_errmsg(database))) (\(extendedCode))"
    }

    private static func code(of extendedCode: Int32) -> Code {
        switch extendedCode & 0xff {
        case SQLITE_FULL: .full
        case SQLITE_IOERR, SQLITE_PROTOCOL, SQLITE_READONLY: .io
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .cannotOpen
        default: .misuse
        }
    }
}
