/// A value as SQLite stores it.
@usableFromInline
package enum SQLiteValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// Any value that can be bound. For statements that run with every write: a list of these is made without asking each
    /// value at run time what it is.
    @inlinable
    package init(_ value: some SQLiteBindable) { self = value.sqliteValue }

    /// Bytes of a text or a blob.
    var byteCount: Int {
        switch self {
        case .null, .integer, .real: 0
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }
}

/// Something that can be bound to a `?` of a statement.
@usableFromInline
package protocol SQLiteBindable {
    /// How it is stored.
    var sqliteValue: SQLiteValue { get }
}

extension SQLiteValue: SQLiteBindable {
    @inlinable package var sqliteValue: SQLiteValue { self }
}

extension String: SQLiteBindable {
    @inlinable package var sqliteValue: SQLiteValue { .text(self) }
}

extension Int: SQLiteBindable {
    @inlinable package var sqliteValue: SQLiteValue { .integer(Int64(self)) }
}

extension Int64: SQLiteBindable {
    @inlinable package var sqliteValue: SQLiteValue { .integer(self) }
}

extension Bool: SQLiteBindable {
    @inlinable package var sqliteValue: SQLiteValue { .integer(self ? 1 : 0) }
}

extension Double: SQLiteBindable {
    @inlinable package var sqliteValue: SQLiteValue { .real(self) }
}

extension [UInt8]: SQLiteBindable {
    @inlinable package var sqliteValue: SQLiteValue { .blob(self) }
}

extension Optional: SQLiteBindable where Wrapped: SQLiteBindable {
    @inlinable package var sqliteValue: SQLiteValue { self?.sqliteValue ?? .null }
}
