package import JSON

/// What a client calls one of its requests: a whole number or a text of at most 64 characters.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    /// As it comes and goes on the wire.
    package let json: JSONValue

    /// Nil when the value is no id.
    package init?(_ json: JSONValue) {
        switch json {
        case .integer: break
        case .string(let text) where !text.isEmpty && text.count <= 64: break
        default: return nil
        }
        self.json = json
    }

    /// The id as text.
    package var description: String { json.string ?? json.text() }
}
