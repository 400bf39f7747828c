/// Where the body of an HTTP/1 message ends (RFC 9112 §6.3).
///
/// Pure. Whatever is said twice, oddly or by both ways is never guessed: such a response goes on until its connection ends,
/// and such a request is refused, so that two readers cannot see two different ends.
struct BodyFraming: Sendable {
    private enum State: Sendable, Hashable {
        case fixed(Int)
        case untilEnd
        case chunkSize(line: [UInt8])
        case chunkData(Int)
        /// The line end after a chunk; what is left of it.
        case chunkEnd([UInt8])
        case trailers(line: [UInt8])
        case ended
    }

    private static let lineLimit = 16 << 10

    private var state: State
    /// Whether the end is marked in the message, so that another message can follow.
    var isDelimited: Bool { state != .untilEnd }
    var hasEnded: Bool { state == .ended }

    private init(_ state: State) { self.state = state }

    /// Everything up to the end of the connection.
    static let untilEnd = BodyFraming(.untilEnd)

    /// The body of a request; nil when what the head says of it is not clear.
    init?(request head: MessageHead) {
        let lengths = head.values("content-length")
        let codings = head.values("transfer-encoding")
        switch (lengths.count, codings.count) {
        case (0, 0): self.init(.ended)
        case (1, 0):
            guard let length = Self.length(lengths[0]) else { return nil }
            self.init(length == 0 ? .ended : .fixed(length))
        case (0, 1) where codings[0].lowercased() == "chunked": self.init(.chunkSize(line: []))
        default: return nil
        }
        if !head.isStrict { return nil }
    }

    /// The body of the response to a request with this method.
    init(response head: MessageHead, status: Int, to method: String) {
        guard head.isStrict else {
            self.init(.untilEnd)
            return
        }
        if method == "HEAD" || status == 204 || status == 304 {
            self.init(.ended)
            return
        }
        let framing = BodyFraming(request: head)
        let isSaid = !head.values("content-length").isEmpty || !head.values("transfer-encoding").isEmpty
        self = isSaid && head.first.hasPrefix("HTTP/1.1 ") ? framing ?? Self(.untilEnd) : Self(.untilEnd)
        // A server of 1.0 knows lengths but no chunks.
        if isSaid, head.first.hasPrefix("HTTP/1.0 "), head.values("transfer-encoding").isEmpty {
            self = framing ?? Self(.untilEnd)
        }
    }

    /// Takes bytes of the connection.
    ///
    /// - Returns: how many of them belong to this body.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> Int {
        var rest = bytes
        while let byte = rest.first {
            switch state {
            case .ended: return bytes.count - rest.count
            case .untilEnd: return bytes.count
            case .fixed(let left):
                let taken = min(left, rest.count)
                state = taken == left ? .ended : .fixed(left - taken)
                rest = rest.dropFirst(taken)
            case .chunkData(let left):
                let taken = min(left, rest.count)
                state = taken == left ? .chunkEnd([13, 10]) : .chunkData(left - taken)
                rest = rest.dropFirst(taken)
            case .chunkEnd(let wanted):
                rest = rest.dropFirst()
                if byte != wanted[0] {
                    state = .untilEnd
                } else {
                    state = wanted.count == 1 ? .chunkSize(line: []) : .chunkEnd(Array(wanted.dropFirst()))
                }
            case .chunkSize(var line):
                rest = rest.dropFirst()
                line.append(byte)
                state = Self.afterSize(line)
            case .trailers(var line):
                rest = rest.dropFirst()
                line.append(byte)
                state = Self.afterTrailer(line)
            }
        }
        return bytes.count
    }

    private static func afterSize(_ line: [UInt8]) -> State {
        guard line.last == 10 else { return line.count < lineLimit ? .chunkSize(line: line) : .untilEnd }
        guard line.count >= 3, line[line.count - 2] == 13 else { return .untilEnd }
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 13 }
        guard (1...15).contains(digits.count), let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
            digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-")
        else { return .untilEnd }
        return size == 0 ? .trailers(line: []) : .chunkData(size)
    }

    private static func afterTrailer(_ line: [UInt8]) -> State {
        guard line.last == 10 else { return line.count < lineLimit ? .trailers(line: line) : .untilEnd }
        guard line.count >= 2, line[line.count - 2] == 13 else { return .untilEnd }
        return line.count == 2 ? .ended : .trailers(line: [])
    }

    private static func length(_ text: String) -> Int? {
        guard (1...15).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
