/// The body of a request: pulled, so a slow handler slows the client instead of filling memory.
package struct HTTPRequestBody: Sendable {
    /// Declared length in bytes; nil for a chunked body.
    package let length: Int?
    private let next: @Sendable () async throws -> [UInt8]?

    /// A body whose pieces come from `next`, which returns nil at the end.
    package init(length: Int?, next: @escaping @Sendable () async throws -> [UInt8]?) {
        self.length = length
        self.next = next
    }

    /// No body.
    package static let empty = HTTPRequestBody(length: 0) { nil }

    /// The next piece, or nil at the end.
    ///
    /// - Throws: when the client goes away, is too slow, or breaks the framing.
    package func read() async throws -> [UInt8]? { try await next() }

    /// The whole body.
    ///
    /// - Parameter limit: bytes; a longer body is refused with 413.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        let tooLarge = HTTPServerError(.payloadTooLarge, "The body exceeds \(limit) bytes")
        if let length, length > limit { throw tooLarge }
        var bytes: [UInt8] = []
        while let piece = try await read() {
            guard bytes.count + piece.count <= limit else { throw tooLarge }
            bytes += piece
        }
        return bytes
    }
}
