package import JSON

/// A JSON object as the text it is stored as; read only by those who look into it.
///
/// Most of what is read of a job or a message never needs its scenario or its body, and whoever writes one has put it into
/// words before the store's one writer takes it.
package struct StoredJSON: Hashable, Sendable {
    /// The object as text.
    package let text: String

    /// An object that is to be stored.
    package init(_ object: JSONObject) { text = object.text() }

    /// A text that was stored.
    init(stored text: String) { self.text = text }

    /// The object.
    ///
    /// - Throws: `StorageError` with `damaged`.
    package func object() throws -> JSONObject {
        guard let object = (try? JSONValue(parsing: text))?.object else {
            throw StorageError(.damaged, "A stored JSON object cannot be read back: '\(text.prefix(80))'")
        }
        return object
    }
}
