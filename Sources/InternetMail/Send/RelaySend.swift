import MailModel

/// Sends one mail by SMTP at most once: look, keep a draft as a mark, submit, file the copy.
///
/// SMTP knows no key and cannot be asked. So the mail itself, with a Message-ID made of its key, is put among the drafts
/// *before* it is submitted, and is filed under the sent mails afterwards:
/// - in Sent: it went out;
/// - nowhere: it was never submitted;
/// - among the drafts: nobody knows, unless the server files sent mails by itself and does so in time.
///
/// Without a store (IMAP) there is no mark: then a lost answer is never resolved.
///
/// Pure: takes events, returns the next action.
struct RelaySend {
    /// What the caller does next.
    enum Action: Hashable, Sendable {
        case look
        case saveDraft
        case submit
        /// Move the draft to Sent, or put a copy there.
        case file
        case discardDraft
        case wait(Duration)
        case finish(MailTrace, SentMail.Proof, wasAlreadySent: Bool)
        case fail(Failure)
    }

    /// What came of the last action.
    enum Event: Hashable, Sendable {
        case looked(Findings)
        case saved
        case accepted
        /// The server said no, or the message was not complete when the connection broke.
        case notSent
        /// The message was complete and its answer was lost.
        case unknown
        /// The copy is in Sent.
        case filed(MailTrace)
        case notFiled
        case discarded
        case waited
        case outOfTime
    }

    /// What lies in the mailbox with the mail's Message-ID.
    struct Findings: Hashable, Sendable {
        var sent: MailTrace?
        var hasDraft = false
    }

    /// Why the machine gave up.
    enum Failure: Hashable, Sendable {
        /// The caller has the error that says why.
        case notSent
        /// It may have gone out.
        case undecided
    }

    private enum State: Hashable {
        /// Can transition to `saving`, `resolving`, `finished`.
        case looking
        case saving
        case submitting
        case filing
        case discarding
        /// Can transition to `finished`.
        case resolving(waited: Duration, pause: Duration)
        case finished
    }

    private let hasStore: Bool
    private let window: Duration
    private let trace: MailTrace
    private var state = State.looking

    /// - Parameter window: how long to look for a copy the server may file by itself.
    init(_ trace: MailTrace, hasStore: Bool, window: Duration) {
        self.trace = trace
        self.hasStore = hasStore
        self.window = window
    }

    /// The first action.
    mutating func start() -> Action {
        guard hasStore else {
            state = .submitting
            return .submit
        }
        return .look
    }

    /// The next action.
    mutating func handle(_ event: Event) -> Action {
        switch (state, event) {
        case (.looking, .looked(let found)):
            if let sent = found.sent { return finish(sent, .inSentItems, alreadySent: true) }
            // An earlier try came as far as the mark: it may have submitted the mail.
            if found.hasDraft { return resolve() }
            state = .saving
            return .saveDraft
        case (.saving, .saved):
            state = .submitting
            return .submit
        case (.submitting, .accepted):
            guard hasStore else { return finish(trace, .accepted, alreadySent: false) }
            state = .filing
            return .file
        case (.submitting, .notSent):
            guard hasStore else { return fail(.notSent) }
            state = .discarding
            return .discardDraft
        case (.submitting, .unknown): return hasStore ? resolve() : fail(.undecided)
        case (.discarding, .discarded): return fail(.notSent)
        case (.filing, .filed(let copy)): return finish(copy, .inSentItems, alreadySent: false)
        case (.filing, .notFiled): return finish(trace, .accepted, alreadySent: false)
        case (.resolving, .looked(let found)): return resolved(found)
        case (.resolving, .waited): return .look
        case (.resolving, .outOfTime): return fail(.undecided)
        default: preconditionFailure("Cannot handle \(event) when \(state)")
        }
    }

    private mutating func resolve() -> Action {
        state = .resolving(waited: .zero, pause: .seconds(1))
        return .look
    }

    private mutating func resolved(_ found: Findings) -> Action {
        guard case .resolving(let waited, let pause) = state else { return fail(.undecided) }
        if let sent = found.sent { return finish(sent, .inSentItems, alreadySent: true) }
        guard waited < window else { return fail(.undecided) }
        state = .resolving(waited: waited + pause, pause: min(pause * 2, .seconds(8)))
        return .wait(pause)
    }

    private mutating func finish(_ trace: MailTrace, _ proof: SentMail.Proof, alreadySent: Bool) -> Action {
        state = .finished
        return .finish(trace, proof, wasAlreadySent: alreadySent)
    }

    private mutating func fail(_ failure: Failure) -> Action {
        state = .finished
        return .fail(failure)
    }
}
