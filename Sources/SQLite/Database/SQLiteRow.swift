import CSQLite

/// One row of a result; valid only during the closure it is given to.
///
/// Columns count from 0. SQLite converts: asking an integer of NULL gives 0, text of an integer its digits; the `optional…`
/// forms tell NULL apart.
package struct SQLiteRow {
    let statement: OpaquePointer

    /// Whether the column is NULL.
    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    /// An integer.
    package func integer(_ column: Int) -> Int64 { sqlite3_column_int64(statement, Int32(column)) }

    /// Text, to its end: a NUL in it is a character like others.
    package func text(_ column: Int) -> String {
        guard let text = sqlite3_column_text(statement, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    /// Bytes.
    package func blob(_ column: Int) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(statement, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// An integer, or nil for NULL.
    package func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }

    /// Text, or nil for NULL.
    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
}
