/// Puts the pieces of a message together.
///
/// A piece is a part of a frame, or a frame, or a part of a message sent in several frames: the library delivers what the
/// kernel gave it.
struct MessageAssembler {
    /// What a piece led to.
    enum Outcome: Equatable {
        /// More pieces follow.
        case incomplete
        /// This was the last piece.
        case message([UInt8])
        /// The message is longer than the limit; the pieces are dropped.
        case tooLarge
    }

    private var buffer: [UInt8] = []
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Takes one piece.
    ///
    /// - Parameters:
    ///   - remaining: bytes of the same frame still to come, as announced by the peer.
    ///   - isLast: whether the message ends with this piece.
    mutating func append(_ piece: UnsafeRawBufferPointer, remaining: Int, isLast: Bool) -> Outcome {
        let total = buffer.count + piece.count
        guard total + remaining <= limit else {
            buffer = []
            return .tooLarge
        }
        if isLast, buffer.isEmpty { return .message([UInt8](piece)) }
        // An announcement is only a number: memory is taken for it in steps that the peer must first fill.
        if buffer.isEmpty { buffer.reserveCapacity(total + min(remaining, 1 << 20)) }
        buffer.append(contentsOf: piece)
        guard isLast else { return .incomplete }
        defer { buffer = [] }
        return .message(buffer)
    }
}
