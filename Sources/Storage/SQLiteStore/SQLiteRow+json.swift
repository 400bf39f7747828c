import JSON
import SQLite

extension SQLiteRow {
    /// A JSON object from a text column.
    func object(_ column: Int) throws -> JSONObject { try StoredJSON(stored: text(column)).object() }

    /// An enum from a text column.
    func word<Word: RawRepresentable>(_ column: Int) throws -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: text(column)) else {
            throw StorageError(.damaged, "The stored word '\(text(column))' is no \(Word.self)")
        }
        return word
    }

    /// An enum from a text column that may be NULL.
    func optionalWord<Word: RawRepresentable>(_ column: Int) throws -> Word? where Word.RawValue == String {
        isNull(column) ? nil : try word(column)
    }
}
