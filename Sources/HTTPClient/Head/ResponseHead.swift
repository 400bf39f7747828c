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
        let line = Self.trimmed(line[...])
        if line.starts(with: "HTTP/".utf8) {
            let code = line.drop { $0 != UInt8(ascii: " ") }.drop { $0 == UInt8(ascii: " ") }
            status = Int(Self.text(code.prefix { $0 != UInt8(ascii: " ") })) ?? 0
            fields = []
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            guard fields.count < Self.maximumFields else { return false }
            let (name, value) = (Self.trimmed(line[..<colon]), Self.trimmed(line[(colon + 1)...]))
            fields.append((Self.text(name), Self.text(value)))
        }
        return true
    }

    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes), as: UTF8.self)
    }

    /// Without the white space HTTP allows around a value.
    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        let rest = bytes.drop(while: isSpace)
        guard let last = rest.lastIndex(where: { !isSpace($0) }) else { return rest.prefix(0) }
        return rest[...last]
    }
}
