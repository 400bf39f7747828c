import Cryptography

/// Paths, queries and literals of Graph's addresses.
enum URLText {
    /// A path with its query options, their values encoded.
    static func path(_ path: String, _ options: [(String, String)]) -> String {
        path + "?" + options.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
    }

    /// A string literal of OData: in quotes, inner quotes doubled.
    static func literal(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "'")) else { return "'\(text)'" }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
