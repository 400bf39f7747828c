package import JSON

/// Something written into the parameters of a command.
package protocol CDPEncodable: Sendable {
    var json: JSONValue { get }
}

extension String: CDPEncodable {
    package var json: JSONValue { .string(self) }
}

extension Bool: CDPEncodable {
    package var json: JSONValue { .bool(self) }
}

extension Int: CDPEncodable {
    package var json: JSONValue { .integer(Int64(self)) }
}

extension Double: CDPEncodable {
    package var json: JSONValue { .number(self) }
}

extension JSONValue: CDPEncodable {
    package var json: JSONValue { self }
}

extension JSONObject: CDPEncodable {
    package var json: JSONValue { .object(self) }
}

extension Array: CDPEncodable where Element: CDPEncodable {
    package var json: JSONValue { .array(map(\.json)) }
}
