/// Percent-encoding for parts of URLs and forms (RFC 3986).
enum URLText {
    /// Everything but unreserved characters encoded: fit for one path segment, a query value or a form value.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += byte < 16 ? "%0" + digits : "%" + digits
            }
        }
        return encoded
    }

    /// A path with its query options, their values encoded.
    static func path(_ path: String, _ options: [(String, String)]) -> String {
        path + "?" + options.map { "\($0.0)=\(encode($0.1))" }.joined(separator: "&")
    }

    /// A string literal of OData: in quotes, inner quotes doubled.
    static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
