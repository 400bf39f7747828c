import Cryptography

/// Takes the framing of `Transfer-Encoding: chunked` off, byte by byte (RFC 9112 §7.1).
///
/// Stricter than the RFC asks: at most seven hexadecimal digits, no extensions, no trailer fields, only CRLF.
package struct ChunkDecoder: Sendable {
    /// What was found.
    package enum Event: Equatable, Sendable {
        /// Bytes of the body.
        case data(ArraySlice<UInt8>)
        /// The body is complete; the input behind it belongs to the next request.
        case end
        /// Nothing more without further input.
        case needsInput
    }

    private enum State {
        /// In the digits of a size. Can transition to `sizeLF`.
        case size(digits: Int, value: Int)
        /// Behind the CR of a size line. Can transition to `data`, and to `endCR` after a size of 0.
        case sizeLF(value: Int)
        /// In a chunk. Can transition to `dataCR`.
        case data(remaining: Int)
        /// Before the CRLF that ends a chunk. Can transition to `dataLF`.
        case dataCR
        /// Can transition to `size`.
        case dataLF
        /// Before the empty line that ends the body. Can transition to `endLF`.
        case endCR
        /// Can transition to `ended`.
        case endLF
        /// Terminal.
        case ended
    }

    private static let maximumDigits = 7
    private var state = State.size(digits: 0, value: 0)

    /// A decoder at the first size line.
    package init() {}

    /// Whether the body is complete.
    package var hasEnded: Bool { if case .ended = state { true } else { false } }

    /// Reads from the front of `input`, and takes what it read.
    ///
    /// - Throws: 400 at the first byte that does not belong there; the decoder is of no use afterwards.
    package mutating func next(_ input: inout ArraySlice<UInt8>) throws(HTTPServerError) -> Event {
        while true {
            if case .ended = state { return .end }
            if case .data(let remaining) = state {
                guard !input.isEmpty else { return .needsInput }
                let piece = input.prefix(remaining)
                input = input.dropFirst(piece.count)
                state = piece.count == remaining ? .dataCR : .data(remaining: remaining - piece.count)
                return .data(piece)
            }
            guard let byte = input.popFirst() else { return .needsInput }
            state = try Self.step(state, byte)
        }
    }

    private static func step(_ state: State, _ byte: UInt8) throws(HTTPServerError) -> State {
        switch (state, byte) {
        case (.size(let digits, let value), 0x0D) where digits > 0: return .sizeLF(value: value)
        case (.size(let digits, let value), _) where digits < maximumDigits:
            guard let digit = Hex.value(of: byte) else { break }
            return .size(digits: digits + 1, value: value << 4 | Int(digit))
        case (.sizeLF(let value), 0x0A): return value == 0 ? .endCR : .data(remaining: value)
        case (.dataCR, 0x0D): return .dataLF
        case (.dataLF, 0x0A): return .size(digits: 0, value: 0)
        case (.endCR, 0x0D): return .endLF
        case (.endLF, 0x0A): return .ended
        default: break
        }
        throw HTTPServerError(.badRequest, "The chunked body is not SIZE CRLF DATA CRLF without extensions or trailers")
    }
}
