package import JSON

/// What can be done to a value after `|`.
package enum TemplateFilter: Sendable, Hashable {
    /// Stands in for a value that is missing or null.
    case `default`(JSONValue)
    /// Formats a date or an instant.
    case date(DatePattern)
    /// Formats a number.
    case number(NumberPattern)
    case upper, lower, trim
    /// The value as JSON text.
    case json
    /// Percent-encodes everything but letters, digits and `-._~` (RFC 3986).
    case urlencode
    /// The value stands in HTML as it is, not as text; elsewhere nothing changes.
    case raw

    static let names = ["default", "date", "number", "upper", "lower", "trim", "json", "urlencode", "raw"]

    /// As templates write it.
    var name: String {
        switch self {
        case .default: "default"
        case .date: "date"
        case .number: "number"
        case .upper: "upper"
        case .lower: "lower"
        case .trim: "trim"
        case .json: "json"
        case .urlencode: "urlencode"
        case .raw: "raw"
        }
    }

    /// The value after the filter; `default` passes values on.
    func apply(_ value: JSONValue) throws(TemplateError) -> JSONValue {
        switch self {
        case .default(let fallback): value.isNull ? fallback : value
        case .raw: value
        case .date(let pattern): .string(try pattern.format(value))
        case .number(let pattern): .string(try pattern.format(value))
        case .upper: .string(try Self.text(of: value).uppercased())
        case .lower: .string(try Self.text(of: value).lowercased())
        case .trim: .string(Self.trimmed(try Self.text(of: value)))
        case .json: .string(value.text())
        case .urlencode: .string(Self.percentEncoded(try Self.text(of: value)))
        }
    }

    /// A value as text: strings as they are, numbers and booleans in their JSON form, null as nothing.
    static func text(of value: JSONValue) throws(TemplateError) -> String {
        switch value {
        case .string(let string): return string
        case .null: return ""
        case .number(let number) where number == number.rounded() && abs(number) < 1e15: return String(Int64(number))
        case .bool, .integer, .number: return value.text()
        case .array, .object:
            throw TemplateError(.unsuitable, "an \(value.typeName) cannot stand inside a text; use | json")
        }
    }

    private static func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }

    private static func percentEncoded(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default:
                result += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
