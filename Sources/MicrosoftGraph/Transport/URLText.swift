/// Percent-encoding for parts of URLs and forms (RFC 3986).
enum URLText {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Everything but unreserved characters encoded: fit for one path segment, a query value or a form value.
    static func encode(_ text: String) -> String {
        String(unsafeUninitializedCapacity: text.utf8.count * 3) { encoded in
            var count = 0
            func write(_ byte: UInt8) {
                encoded[count] = byte
                count += 1
            }
            for byte in text.utf8 {
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "~"):
                    write(byte)
                default:
                    write(UInt8(ascii: "%"))
                    write(digits[Int(byte >> 4)])
                    write(digits[Int(byte & 15)])
                }
            }
            return count
        }
    }

    /// A path with its query options, their values encoded.
    static func path(_ path: String, _ options: [(String, String)]) -> String {
        path + "?" + options.map { "\($0.0)=\(encode($0.1))" }.joined(separator: "&")
    }

    /// A string literal of OData: in quotes, inner quotes doubled.
    static func literal(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "'")) else { return "'\(text)'" }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
