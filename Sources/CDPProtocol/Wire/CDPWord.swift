package import JSON

/// A string with a meaning of its own: an identifier, or an enumeration that keeps words it does not know.
package protocol CDPWord: RawRepresentable, Hashable, CDPDecodable, CDPEncodable, CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension CDPWord {
    package init(from value: JSONValue) throws(CDPDecodingError) {
        self.init(rawValue: try String(from: value))
    }

    package var json: JSONValue { .string(rawValue) }
    package var description: String { rawValue }
}
