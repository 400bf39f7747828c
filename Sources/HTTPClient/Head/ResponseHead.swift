/// Collects the head of an answer from the lines libcurl hands over, within limits.
struct ResponseHead {
    static let maximumBytes = 128 << 10
    static let maximumFields = 256

    private(set) var status = 0
    private(set) var fields: [(name: String, value: String)] = []
    private var bytes = 0

    /// Takes one line with its line break.
    ///
    /// A status line begins a new head: an interim answer (1xx) is forgotten then.
    /// - Returns: false when a limit is passed.
    mutating func append(_ line: UnsafeRawBufferPointer) -> Bool {
        bytes += line.count
        guard bytes <= Self.maximumBytes else { return false }
        let text = String(decoding: line, as: UTF8.self).trimmed
        if text.hasPrefix("HTTP/") {
            status = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
            fields = []
        } else if let colon = text.firstIndex(of: ":") {
            guard fields.count < Self.maximumFields else { return false }
            fields.append((String(text[..<colon]).trimmed, String(text[text.index(after: colon)...]).trimmed))
        }
        return true
    }
}

extension String {
    /// Without the white space HTTP allows around a value.
    fileprivate var trimmed: String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        let bytes = utf8.drop(while: isSpace)
        guard let last = bytes.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(bytes[...last]) ?? ""
    }
}
