import JSON

/// Brings a large attachment up in pieces, in order, and goes on where a broken piece left off.
///
/// Pure: takes what came of the last action, returns the next. Source: Outlook API, "Attach large files to Outlook messages";
/// what a broken piece left behind is asked of the upload URL itself, whose GET other Graph uploads document and mail does not:
/// when it gives no ranges, the attachments on the message decide.
struct UploadSession {
    /// What the caller does next.
    enum Action: Hashable, Sendable {
        /// Send these bytes.
        case put(Range<Int>)
        /// Ask the session which bytes it expects next.
        case ask
        case wait(Duration)
        /// Every byte was taken.
        case finish
        /// The session is gone or cannot be understood: look what lies on the message, and begin anew if it must be.
        case giveUp
    }

    /// What came of the last action.
    enum Event: Hashable, Sendable {
        /// 200 to a piece: where the service wants to go on, when it says so.
        case taken(next: Int?)
        /// 201 to a piece.
        case complete
        /// The answer was lost, or a 5xx: the piece may have arrived or not.
        case broken
        /// The service's answer to the question.
        case expects(Int)
        /// 404, 410: the session has ended, because it was too old or because everything had arrived.
        case gone
        /// The question has no usable answer.
        case unanswered
        case throttled(Duration)
        case waited
    }

    /// Broken pieces in a row after which this session is given up.
    private static let patience = 4

    private let total: Int
    private let chunk: Int
    private var offset = 0
    private var failures = 0
    private var isAsking = false

    init(total: Int, chunk: Int) {
        self.total = total
        self.chunk = chunk
    }

    /// The first action.
    mutating func start() -> Action { put() }

    /// The next action.
    mutating func handle(_ event: Event) -> Action {
        switch event {
        case .taken(let next): return advance(to: next ?? min(offset + chunk, total))
        case .expects(let next): return advance(to: next)
        case .complete: return .finish
        case .gone, .unanswered: return .giveUp
        case .throttled(let pause): return .wait(pause)
        case .waited: return isAsking ? .ask : put()
        case .broken:
            failures += 1
            guard failures < Self.patience else { return .giveUp }
            isAsking = true
            return failures == 1 ? .ask : .wait(.seconds(1 << (failures - 2)))
        }
    }

    private mutating func advance(to next: Int) -> Action {
        isAsking = false
        // A place outside the file, or all of it without a 201: nothing this session says helps any more.
        guard (0..<total).contains(next) else { return .giveUp }
        if next > offset { failures = 0 }
        offset = next
        return put()
    }

    private func put() -> Action { .put(offset..<min(offset + chunk, total)) }

    /// Where the first of `nextExpectedRanges` begins: `"2097152"`, `"2097152-"` or `"2097152-4194303"`.
    static func next(_ json: JSONValue?) -> Int? {
        json?["nextExpectedRanges"]?[0]?.string.flatMap { Int($0.prefix { $0 != "-" }) }
    }
}
