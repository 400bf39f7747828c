/// A reply of Redis (RESP2).
package enum RedisValue: Hashable, Sendable {
    /// A bulk or simple string; bytes, because Redis does not care for encodings.
    case string([UInt8])
    case integer(Int64)
    case array([RedisValue])
    /// No value.
    case null
    /// An error inside an array or a pipeline; a single command throws instead.
    case error(String)

    /// A string of text.
    package static func text(_ text: String) -> RedisValue { .string(Array(text.utf8)) }

    /// The string as text; nil when it is no string.
    package var text: String? {
        if case .string(let bytes) = self { return String(decoding: bytes, as: UTF8.self) }
        return nil
    }

    /// The number, also of a string of digits, as hashes hold them.
    package var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .string(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// What Redis said of an error; nil when it is none.
    var error: String? {
        if case .error(let text) = self { return text }
        return nil
    }

    /// The elements; nil when it is no array.
    package var array: [RedisValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }
}
