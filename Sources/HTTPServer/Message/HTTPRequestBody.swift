/// The body of a request: pulled, so a slow handler slows the client instead of filling memory.
package struct HTTPRequestBody: Sendable {
    /// Declared length in bytes; nil for a chunked body.
    package let length: Int?
    private let next: @Sendable () async throws -> [UInt8]?
    /// Counts what is in memory; nil where nobody counts.
    private let share: BodyShare?
    private let giveUp: @Sendable () async -> Void

    /// A body whose pieces come from `next`, which returns nil at the end.
    package init(length: Int?, next: @escaping @Sendable () async throws -> [UInt8]?) {
        self.init(length: length, share: nil, next: next, giveUp: {})
    }

    /// A body that is counted.
    ///
    /// - Parameter giveUp: called when nothing more of it will be read, because there is no room.
    init(
        length: Int?,
        share: BodyShare?,
        next: @escaping @Sendable () async throws -> [UInt8]?,
        giveUp: @escaping @Sendable () async -> Void
    ) {
        self.length = length
        self.share = share
        self.next = next
        self.giveUp = giveUp
    }

    /// No body.
    package static let empty = HTTPRequestBody(length: 0) { nil }

    /// The next piece, or nil at the end.
    ///
    /// - Throws: when the client goes away, is too slow, or breaks the framing.
    package func read() async throws -> [UInt8]? { try await next() }

    /// The same body as one of an owner's, who gets no more memory for all of them than is left free.
    ///
    /// To be asked for before anything of it is read; what is in memory counts for as long as the returned one lives.
    package func owned(by owner: String) -> HTTPRequestBody {
        HTTPRequestBody(length: length, share: share?.owned(by: owner), next: next, giveUp: giveUp)
    }

    /// The whole body.
    ///
    /// - Parameter limit: bytes; a longer body is refused with 413.
    /// - Throws: as `read`; `HTTPServerError` with `overloaded` when all bodies, or the owner's, leave no room for this one.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        let tooLarge = HTTPServerError(.payloadTooLarge, "The body exceeds \(limit) bytes")
        if let length, length > limit { throw tooLarge }
        var bytes: [UInt8] = []
        while let piece = try await read() {
            guard bytes.count + piece.count <= limit else { throw tooLarge }
            guard share?.take(piece.count) ?? true else {
                await giveUp()
                throw HTTPServerError(
                    .overloaded,
                    "The bodies of all requests, or yours, take as much memory as they are given here; come back in a moment",
                    headers: ["Retry-After": "1"]
                )
            }
            bytes += piece
        }
        return bytes
    }
}
