import MailModel

/// Sends one mail exactly once, as far as the service allows: look, draft, attach, send, resolve.
///
/// Life of a mail:
/// 1. *Look* for the mail's key in the whole mailbox. A message that is no draft was sent by an earlier try: nothing is
///    sent. A draft is taken up where it was left; spare drafts are deleted.
/// 2. Otherwise make a *draft* that carries the key. When that answer is lost, look again: a second draft does no harm.
/// 3. *Attach* what is not yet attached, by name and SHA-256 of the content; take off what does not belong.
/// 4. *Send*. 202 means taken. A clear refusal is final. Anything else is unknown.
/// 5. *Resolve* an unknown outcome by looking, never by sending again: a copy that is no draft was sent. Only a draft that
///    is still one after the window is sent again. Neither draft nor copy: nobody knows, and a human decides. What was taken
///    and lies among the drafts all the same was not sent either.
///
/// Pure: takes events, returns the next action, knows no clock (it adds up the waits it asked for).
struct DraftSend {
    /// What the caller does next.
    enum Action: Hashable, Sendable {
        case look
        case createDraft
        case delete(draft: String)
        case listAttachments(draft: String)
        case detach(draft: String, attachment: String)
        case attach(draft: String, index: Int)
        case send(draft: String)
        case wait(Duration)
        case locate(MailTrace)
        case finish(MailTrace, SentMail.Proof, wasAlreadySent: Bool)
        case fail(Failure)
    }

    /// What came of the last action.
    enum Event: Hashable, Sendable {
        case looked([MailTrace])
        case created(MailTrace)
        /// The answer to making the draft was lost.
        case creationUnknown
        case deleted
        case attachments([AttachmentTrace])
        case attached
        /// The answer to attaching was lost.
        case attachmentUnknown
        case accepted
        /// The answer to sending was lost, or a 5xx.
        case sendUnknown
        /// 404: the draft is not there.
        case draftGone
        case located(Location)
        case waited
        /// The wait would have passed the deadline.
        case outOfTime
    }

    /// Where the mail is.
    enum Location: Hashable, Sendable {
        case inSentItems(MailTrace)
        /// It is no draft any more, but not in Sent Items yet.
        case onItsWay(MailTrace)
        case stillDraft
        case nowhere
        /// The question failed for now: it says nothing about the mail.
        case unclear
    }

    /// Why the machine gave up.
    enum Failure: Hashable, Sendable {
        /// Several sent mails carry the key.
        case sentTwice([MailTrace])
        /// Neither a draft nor a sent copy can be found.
        case vanished(MailTrace)
        /// The draft stays a draft, however often it was sent or although it was taken.
        case notAccepted(MailTrace)
        /// It was taken, and still a draft when there was no time to wait for what becomes of it.
        case undecided(MailTrace)
        /// The draft cannot be made or found.
        case noDraft
        /// The attachments do not stay on the draft.
        case attachmentsLost(MailTrace)
    }

    private enum Knowledge: Hashable {
        case accepted, unknown, alreadySent
        /// It was seen as no draft any more.
        case out
    }

    private enum State: Hashable {
        /// Can transition to `creating`, `listing`, `deleting`, `resolving`, `finished`.
        case looking
        case creating
        /// Spare drafts go first. Can transition to `listing`.
        case deleting([String], then: MailTrace)
        case listing(MailTrace)
        /// Can transition to `listing` (answer lost), `sending`.
        case changing(MailTrace, detach: [String], attach: [Int])
        case sending(MailTrace)
        case resolving(MailTrace, Knowledge, waited: Duration, pause: Duration, isStillDraft: Bool = false)
        case finished
    }

    private static let attempts = 3

    private let wanted: [Wanted]
    private let keepsOthers: Bool
    private let verify: Bool
    private let window: Duration
    private let draftWindow: Duration
    private var state = State.looking
    private var creations = 0
    private var listings = 0
    private var sends = 0

    /// Name and SHA-256 of an attachment.
    struct Wanted: Hashable, Sendable {
        var name: String
        var sha256: String
    }

    /// - Parameters:
    ///   - keepsOthers: whether attachments that are not wanted stay: those of a mail that is passed on.
    ///   - verify: whether to wait for the copy in Sent Items.
    ///   - window: how long to look for a mail whose outcome is unknown.
    ///   - draftWindow: after how long a draft that is still one counts as not sent.
    init(wanted: [Wanted], keepsOthers: Bool = false, verify: Bool, window: Duration, draftWindow: Duration) {
        self.wanted = wanted
        self.keepsOthers = keepsOthers
        self.verify = verify
        self.window = window
        self.draftWindow = draftWindow
    }

    /// The first action.
    mutating func start() -> Action { .look }

    /// The next action.
    mutating func handle(_ event: Event) -> Action {
        switch (state, event) {
        case (.looking, .looked(let found)): return looked(found)
        case (.creating, .created(let draft)): return compare(draft, [])
        case (.creating, .creationUnknown):
            state = .looking
            return creations < Self.attempts ? .look : fail(.noDraft)
        case (.deleting(let rest, let draft), .deleted): return delete(rest, then: draft)
        case (.listing(let draft), .attachments(let present)): return compare(draft, present)
        case (.listing, .draftGone), (.changing, .draftGone): return fail(.noDraft)
        case (.changing(let draft, let detach, let attach), .attached):
            return change(draft, detach: detach, attach: attach)
        case (.changing(let draft, _, _), .attachmentUnknown): return list(draft)
        case (.sending(let draft), .accepted):
            guard verify else { return finish(draft, .accepted, alreadySent: false) }
            return resolve(draft, .accepted)
        case (.sending(let draft), .sendUnknown), (.sending(let draft), .draftGone): return resolve(draft, .unknown)
        case (.resolving(let draft, let knowledge, let waited, let pause, _), .located(let location)):
            return located(location, draft, knowledge, waited, pause)
        case (.resolving(let draft, _, _, _, _), .waited): return .locate(draft)
        case (.resolving(let draft, let knowledge, let waited, _, let isStillDraft), .outOfTime):
            return outOfTime(draft, knowledge, isStillDraft, waited)
        default: preconditionFailure("Cannot handle \(event) when \(state)")
        }
    }

    /// The service refused the last action for good, and the sending ends.
    ///
    /// - Returns: the draft that would be left behind; nil when there is none, or when it was asked to go before and may
    ///   have gone.
    mutating func refused() -> String? {
        defer { state = .finished }
        switch state {
        case .listing(let draft), .changing(let draft, _, _), .deleting(_, let draft): return draft.id
        case .sending(let draft) where sends == 1: return draft.id
        case .looking, .creating, .sending, .resolving, .finished: return nil
        }
    }

    // MARK: Steps

    private mutating func looked(_ found: [MailTrace]) -> Action {
        let sent = found.filter { !$0.isDraft }
        guard Set(sent.map(\.internetMessageID)).count < 2 else { return fail(.sentTwice(sent)) }
        if let sent = sent.first { return resolve(sent, .alreadySent) }
        if let draft = found.first { return delete(found.dropFirst().map(\.id), then: draft) }
        creations += 1
        state = .creating
        return .createDraft
    }

    private mutating func delete(_ spare: [String], then draft: MailTrace) -> Action {
        guard let first = spare.first else { return list(draft) }
        state = .deleting(Array(spare.dropFirst()), then: draft)
        return .delete(draft: first)
    }

    private mutating func list(_ draft: MailTrace) -> Action {
        guard listings <= Self.attempts else { return fail(.attachmentsLost(draft)) }
        listings += 1
        state = .listing(draft)
        return .listAttachments(draft: draft.id)
    }

    private mutating func compare(_ draft: MailTrace, _ present: [AttachmentTrace]) -> Action {
        var missing = Array(wanted.indices)
        var surplus: [String] = []
        for attachment in present {
            let index = missing.firstIndex { wanted[$0] == Wanted(name: attachment.name, sha256: attachment.sha256) }
            if let index { missing.remove(at: index) } else { surplus.append(attachment.id) }
        }
        return change(draft, detach: keepsOthers ? [] : surplus, attach: missing)
    }

    private mutating func change(_ draft: MailTrace, detach: [String], attach: [Int]) -> Action {
        if let first = detach.first {
            state = .changing(draft, detach: Array(detach.dropFirst()), attach: attach)
            return .detach(draft: draft.id, attachment: first)
        }
        if let first = attach.first {
            state = .changing(draft, detach: [], attach: Array(attach.dropFirst()))
            return .attach(draft: draft.id, index: first)
        }
        sends += 1
        state = .sending(draft)
        return .send(draft: draft.id)
    }

    private mutating func resolve(_ draft: MailTrace, _ knowledge: Knowledge) -> Action {
        guard verify || knowledge != .alreadySent else { return finish(draft, .accepted, alreadySent: true) }
        state = .resolving(draft, knowledge, waited: .zero, pause: .seconds(1))
        return .locate(draft)
    }

    private mutating func located(
        _ location: Location,
        _ draft: MailTrace,
        _ knowledge: Knowledge,
        _ waited: Duration,
        _ pause: Duration
    ) -> Action {
        switch location {
        case .inSentItems(let copy):
            return finish(copy, .inSentItems, alreadySent: knowledge == .alreadySent)
        case .stillDraft where knowledge == .unknown && waited >= draftWindow:
            guard sends < Self.attempts else { return fail(.notAccepted(draft)) }
            sends += 1
            state = .sending(draft)
            return .send(draft: draft.id)
        case .onItsWay(let copy) where waited >= window || !verify:
            return finish(copy, .accepted, alreadySent: knowledge == .alreadySent)
        case .stillDraft where waited >= window, .nowhere where waited >= window, .unclear where waited >= window:
            return outOfTime(draft, knowledge, location == .stillDraft, waited)
        case .onItsWay, .stillDraft, .nowhere, .unclear:
            // Once it is no draft any more the outcome is known, and it must never be sent again.
            let known =
                if case .onItsWay = location, knowledge != .alreadySent { Knowledge.out } else { knowledge }
            state = .resolving(
                draft,
                known,
                waited: waited + pause,
                pause: min(pause * 2, .seconds(16)),
                isStillDraft: location == .stillDraft
            )
            return .wait(pause)
        }
    }

    private mutating func outOfTime(
        _ draft: MailTrace,
        _ knowledge: Knowledge,
        _ isStillDraft: Bool,
        _ waited: Duration
    ) -> Action {
        switch knowledge {
        // It leaves the drafts a while after it was taken.
        case .accepted where isStillDraft: fail(waited < draftWindow ? .undecided(draft) : .notAccepted(draft))
        case .accepted, .out: finish(draft, .accepted, alreadySent: false)
        case .alreadySent: finish(draft, .accepted, alreadySent: true)
        case .unknown: fail(.vanished(draft))
        }
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
