/// Cuts a byte stream into lines without ever holding more than one line of bounded length.
struct LineReader {
    private var buffer: [UInt8] = []
    private var isSkipping = false
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes; returns the lines that are complete now, without their line feed.
    ///
    /// A line longer than the limit is returned once, cut, when the limit is reached; its rest is dropped.
    mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if !isSkipping { lines.append(take()) }
                isSkipping = false
            } else if !isSkipping {
                buffer.append(byte)
                if buffer.count == limit {
                    lines.append(take())
                    isSkipping = true
                }
            }
        }
        return lines
    }

    /// What is left when the stream ends without a line feed.
    mutating func finish() -> String? {
        buffer.isEmpty ? nil : take()
    }

    private mutating func take() -> String {
        defer { buffer.removeAll(keepingCapacity: true) }
        if buffer.last == UInt8(ascii: "\r") { buffer.removeLast() }
        return String(decoding: buffer, as: UTF8.self)
    }
}
