import HTTPSyntax

/// The head of an HTTP/1 message, cut into lines; what is not written as the standard wants is marked, not repaired.
struct MessageHead: Sendable {
    /// The request or status line.
    let first: String
    /// Lines of the fields as they came, without the line ends.
    let lines: [String]
    /// Names in lower case with their values, in order.
    let fields: [(name: String, value: String)]
    /// Whether every line was as it should be.
    let isStrict: Bool
    /// Bytes with the empty line.
    let size: Int

    /// Reads a head from the start of `bytes`; nil until all of it is there.
    ///
    /// - Parameter searched: how many bytes are known to hold no end.
    init?(_ bytes: [UInt8], searchedFrom searched: Int = 0) {
        guard let end = Self.end(of: bytes, from: max(0, searched - 3)) else { return nil }
        size = end + 4
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        first = lines.removeFirst()
        self.lines = lines
        var isStrict = !first.utf8.contains { $0 == 10 || $0 == 13 || $0 == 0 }
        var fields: [(String, String)] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), HTTPToken.isToken(line[..<colon].utf8),
                !line.utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 })
            else {
                isStrict = false
                continue
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            var trimmed = value
            while let last = trimmed.last, last == " " || last == "\t" { trimmed.removeLast() }
            fields.append((line[..<colon].lowercased(), String(trimmed)))
        }
        self.fields = fields
        self.isStrict = isStrict
    }

    /// The values of a field.
    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + 3 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                return index
            }
            index += 1
        }
        return nil
    }
}
