#if canImport(Glibc)
    import Glibc
#endif

/// Cuts what comes through the browser's pipe into messages: JSON, each ended by a NUL byte.
struct PipeMessages {
    /// The beginning of a message whose end has not come yet.
    private var beginning: [UInt8] = []
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Calls `body` with each message that is complete now, valid during the call only.
    ///
    /// No byte is looked at twice, and a message that came in one piece is not copied.
    /// - Returns: false when a message is longer than the limit; there is no going on then.
    mutating func append(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Bool {
        var rest = bytes
        while let start = rest.baseAddress, rest.count > 0 {
            guard let end = memchr(start, 0, rest.count) else {
                guard beginning.count + rest.count <= limit else { return false }
                beginning.append(contentsOf: rest)
                return true
            }
            let count = UnsafeRawPointer(end) - start
            guard beginning.count + count <= limit else { return false }
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<count])
            if beginning.isEmpty {
                piece.withMemoryRebound(to: UInt8.self) { body($0) }
            } else {
                beginning.append(contentsOf: piece)
                let message = beginning
                beginning = []
                message.withUnsafeBufferPointer { body($0) }
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[(count + 1)...])
        }
        return true
    }
}
