package import JSON

/// Something read from a message of Chromium.
///
/// Read leniently, because Chromium is newer than we are more often than not: unknown members are ignored, an optional
/// member of the wrong type counts as absent, an enumeration keeps a word it does not know. Only a required member that is
/// missing is an error.
package protocol CDPDecodable: Sendable {
    init(from value: JSONValue) throws(CDPDecodingError)
}

/// A message of Chromium lacks something the protocol says is always there.
package struct CDPDecodingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The member, with the path to it.
    package var path: String
    /// One sentence.
    package var description: String { "Chromium's message has no usable member '\(path)'" }

    package init(path: String) {
        self.path = path
    }
}

extension JSONValue {
    func required<T: CDPDecodable>(_ key: String, as type: T.Type = T.self) throws(CDPDecodingError) -> T {
        guard let member = self[key] else { throw CDPDecodingError(path: key) }
        do throws(CDPDecodingError) {
            return try T(from: member)
        } catch {
            throw CDPDecodingError(path: error.path.isEmpty ? key : "\(key).\(error.path)")
        }
    }

    func optional<T: CDPDecodable>(_ key: String, as type: T.Type = T.self) -> T? {
        guard let member = self[key] else { return nil }
        return try? T(from: member)
    }
}

extension String: CDPDecodable {
    package init(from value: JSONValue) throws(CDPDecodingError) {
        guard let string = value.string else { throw CDPDecodingError(path: "") }
        self = string
    }
}

extension Bool: CDPDecodable {
    package init(from value: JSONValue) throws(CDPDecodingError) {
        guard let bool = value.bool else { throw CDPDecodingError(path: "") }
        self = bool
    }
}

extension Int: CDPDecodable {
    package init(from value: JSONValue) throws(CDPDecodingError) {
        // Chromium writes some integers as 5.0, and some counters beyond 2^53 rounded.
        guard let number = value.double, let int = value.int ?? Int(exactly: number.rounded()) else {
            throw CDPDecodingError(path: "")
        }
        self = int
    }
}

extension Double: CDPDecodable {
    package init(from value: JSONValue) throws(CDPDecodingError) {
        guard let double = value.double else { throw CDPDecodingError(path: "") }
        self = double
    }
}

extension JSONValue: CDPDecodable {
    package init(from value: JSONValue) { self = value }
}

extension JSONObject: CDPDecodable {
    package init(from value: JSONValue) throws(CDPDecodingError) {
        guard let object = value.object else { throw CDPDecodingError(path: "") }
        self = object
    }
}

extension Array: CDPDecodable where Element: CDPDecodable {
    /// Elements that cannot be read are left out.
    package init(from value: JSONValue) throws(CDPDecodingError) {
        guard let array = value.array else { throw CDPDecodingError(path: "") }
        self = array.compactMap { try? Element(from: $0) }
    }
}
