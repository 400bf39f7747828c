/// Wakes one waiting task; raising it twice before it is heard wakes once.
final class Signal: Sendable {
    /// One element for each time it was heard.
    let heard: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (heard, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func raise() { continuation.yield() }
}
