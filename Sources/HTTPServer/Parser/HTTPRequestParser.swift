/// Cuts a byte stream into requests: strict HTTP/1.1 (RFC 9112), no I/O, every byte looked at once.
///
/// What two implementations could read differently is refused: bare CR or LF, folded lines, control bytes, two lengths,
/// white space where none belongs. After an error the parser answers the same error for ever.
package struct HTTPRequestParser: Sendable {
    /// A part of a body.
    package enum BodyPart: Equatable, Sendable {
        /// The next bytes.
        case bytes([UInt8])
        /// The body is complete; `nextHead` may be called.
        case end
        /// Nothing more without further input.
        case needsInput
    }

    private enum State {
        /// Before or in a head. Can transition to `fixed`, `chunked`, `betweenRequests`, `failed`.
        case head(HeadProgress)
        /// In a body of known length. Can transition to `head`.
        case fixed(remaining: Int)
        /// In a chunked body. Can transition to `head`, `failed`.
        case chunked(ChunkDecoder, received: Int)
        /// Terminal.
        case failed(HTTPServerError)
    }

    /// How far a head was looked at.
    private struct HeadProgress {
        /// Bytes from the beginning of the head that were looked at.
        var scanned = 0
        /// Where the current line begins.
        var lineStart = 0
        var lines = 0
        var head: HTTPRequestHead?
    }

    private let limits: HTTPLimits
    private var buffer: [UInt8] = []
    /// Where the first byte not yet given away stands in `buffer`.
    private var start = 0
    private var state = State.head(HeadProgress())
    /// Most bytes a body may have; set between head and body.
    package var bodyLimit = Int.max

    /// A parser before its first request.
    package init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

    /// Number of bytes received and not given away.
    package var bufferedCount: Int { buffer.count - start }

    /// Whether nothing of a next request has arrived.
    package var isBetweenRequests: Bool { if case .head = state { bufferedCount == 0 } else { false } }

    /// Takes bytes from the network.
    package mutating func append(_ bytes: [UInt8]) {
        if start == buffer.count {
            buffer = bytes
            start = 0
        } else {
            if start > 4096 {
                buffer.removeFirst(start)
                start = 0
            }
            buffer += bytes
        }
    }

    /// Gives every byte away that was not parsed, for a connection that leaves HTTP.
    package mutating func takeLeftover() -> [UInt8] {
        defer {
            buffer = []
            start = 0
        }
        return Array(buffer[start...])
    }

    // MARK: Head

    /// The next request's head, or nil when more input is needed.
    ///
    /// Read the body to its end before asking for the next head.
    package mutating func nextHead() throws(HTTPServerError) -> HTTPRequestHead? {
        switch state {
        case .failed(let error): throw error
        case .fixed, .chunked: preconditionFailure("Cannot read a head while a body is unread")
        case .head(var progress):
            do throws(HTTPServerError) {
                guard let head = try scan(&progress) else {
                    state = .head(progress)
                    return nil
                }
                start += progress.scanned
                state =
                    head.isChunked ? .chunked(ChunkDecoder(), received: 0) : .fixed(remaining: head.contentLength ?? 0)
                return head
            } catch {
                state = .failed(error)
                throw error
            }
        }
    }

    /// Looks at the bytes not yet seen, line by line.
    private func scan(_ progress: inout HeadProgress) throws(HTTPServerError) -> HTTPRequestHead? {
        while start + progress.scanned < buffer.count {
            guard progress.scanned < limits.head else {
                throw progress.lines == 0
                    ? HTTPServerError(.targetTooLong, "The request line exceeds \(limits.head) bytes")
                    : HTTPServerError(.headerTooLarge, "The header block exceeds \(limits.head) bytes")
            }
            let index = start + progress.scanned
            let byte = buffer[index]
            let isAfterCR = progress.scanned > progress.lineStart && buffer[index - 1] == 0x0D
            guard isAfterCR == (byte == 0x0A) else {
                throw HTTPServerError(.badRequest, "A line does not end in CRLF")
            }
            try checkByte(byte, progress)
            progress.scanned += 1
            if byte == 0x0A, let head = try endLine(&progress) { return head }
            if byte >= 0x20, progress.lines > 0 { progress.scanned += plainBytes(after: progress.scanned) }
        }
        return nil
    }

    /// How many bytes follow in the head that a header line may hold anywhere: nothing is to be checked about them.
    private func plainBytes(after scanned: Int) -> Int {
        let end = min(buffer.count, start + limits.head)
        return buffer.withUnsafeBufferPointer { bytes in
            var index = start + scanned
            while index < end, bytes[index] >= 0x20, bytes[index] != 0x7F { index += 1 }
            return index - start - scanned
        }
    }

    private func checkByte(_ byte: UInt8, _ progress: HeadProgress) throws(HTTPServerError) {
        switch byte {
        case 0x0D, 0x0A: break
        case 0x09 where progress.lines > 0: break
        case 0..<0x20, 0x7F: throw HTTPServerError(.badRequest, "A control byte stands in the head of the request")
        default: break
        }
        guard progress.lines == 0 else { return }
        if progress.scanned == 0, !(0x41...0x5A).contains(byte) {
            throw HTTPServerError(.badRequest, "The request does not begin with a method")
        }
        if progress.scanned == limits.method, !buffer[start..<(start + limits.method)].contains(0x20), byte != 0x20 {
            throw HTTPServerError(.badRequest, "The method exceeds \(limits.method) bytes")
        }
    }

    private func endLine(_ progress: inout HeadProgress) throws(HTTPServerError) -> HTTPRequestHead? {
        let line = buffer[(start + progress.lineStart)..<(start + progress.scanned - 2)]
        progress.lineStart = progress.scanned
        progress.lines += 1
        guard var head = progress.head.take() else {
            progress.head = try HTTPRequestHead(requestLine: line)
            return nil
        }
        if line.isEmpty {
            try head.finish()
            return head
        }
        guard progress.lines - 1 <= limits.headerCount else {
            throw HTTPServerError(.headerTooLarge, "More than \(limits.headerCount) header fields were sent")
        }
        try head.append(fieldLine: line)
        progress.head = head
        return nil
    }

    // MARK: Body

    /// The next part of the current request's body.
    package mutating func nextBodyPart() throws(HTTPServerError) -> BodyPart {
        switch state {
        case .failed(let error): throw error
        case .head: return .end
        case .fixed(let remaining): return takeFixed(remaining)
        case .chunked(let decoder, let received):
            do throws(HTTPServerError) {
                return try takeChunk(decoder, received)
            } catch {
                state = .failed(error)
                throw error
            }
        }
    }

    private mutating func takeFixed(_ remaining: Int) -> BodyPart {
        guard remaining > 0 else {
            state = .head(HeadProgress())
            return .end
        }
        let piece = Array(buffer[start...].prefix(remaining))
        guard !piece.isEmpty else { return .needsInput }
        start += piece.count
        state = .fixed(remaining: remaining - piece.count)
        return .bytes(piece)
    }

    private mutating func takeChunk(_ decoder: ChunkDecoder, _ received: Int) throws(HTTPServerError) -> BodyPart {
        var (decoder, input) = (decoder, buffer[start...])
        var piece: [UInt8] = []
        // Many small chunks that have arrived become one piece.
        loop: while true {
            switch try decoder.next(&input) {
            case .data(let data): piece += data
            case .end, .needsInput: break loop
            }
        }
        start = input.startIndex
        guard received + piece.count <= bodyLimit else {
            throw HTTPServerError(.payloadTooLarge, "The body exceeds \(bodyLimit) bytes")
        }
        if !piece.isEmpty {
            state = .chunked(decoder, received: received + piece.count)
            return .bytes(piece)
        }
        guard decoder.hasEnded else {
            state = .chunked(decoder, received: received)
            return .needsInput
        }
        state = .head(HeadProgress())
        return .end
    }
}
