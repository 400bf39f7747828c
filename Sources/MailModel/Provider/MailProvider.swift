/// A way to send and read mail: Microsoft Graph, or SMTP with IMAP.
///
/// Every call takes the moment after which no request is begun, and throws `MailError`, or `CancellationError`.
package protocol MailProvider: Sendable {
    /// For messages: `Microsoft Graph`, `SMTP`.
    var name: String { get }
    /// Whether a full-text search goes through the whole mailbox when no folder is named; else it goes through the inbox.
    var searchesAllFolders: Bool { get }

    /// Sends a mail once, however often it is called with the same key.
    ///
    /// - Parameters:
    ///   - verify: whether to wait for the copy among the sent mails and compare its attachments.
    ///   - willSend: called before the request after which the mail may be out; what it throws ends the sending.
    /// - Throws: `MailError`: `unknownOutcome` when nobody can say whether it was sent; anything else means it was not.
    func send(
        _ mail: OutgoingMail,
        mode: SentMail.Mode,
        verify: Bool,
        deadline: ContinuousClock.Instant,
        willSend: @Sendable () async throws -> Void
    ) async throws -> SentMail

    /// Finds out whether a mail went out whose sending was asked for and then interrupted; nil when it did not.
    func resolve(
        _ mail: OutgoingMail,
        mode: SentMail.Mode,
        verify: Bool,
        deadline: ContinuousClock.Instant
    ) async throws -> SentMail?

    /// What became of a sent mail, receiver by receiver; empty while the service knows nothing of it.
    ///
    /// - Throws: `MailError` with `permission` when it may not be asked, `invalidInput` when there is no such service.
    func deliveries(
        of messageID: String,
        from mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> [MailDelivery]

    /// Messages, the newest first.
    func messages(
        in mailbox: String,
        matching query: MailQuery,
        deadline: ContinuousClock.Instant
    ) async throws -> MailList

    /// One message with its whole body.
    func message(_ id: String, in mailbox: String, deadline: ContinuousClock.Instant) async throws -> ReceivedMail

    /// What is attached to a message.
    func attachments(
        of message: String,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> [ReceivedAttachment]

    /// Writes the content of an attachment to a file.
    ///
    /// - Throws: `MailError` with `invalidInput` when it has more than `limit` bytes.
    func download(
        _ attachment: ReceivedAttachment,
        of message: String,
        in mailbox: String,
        to path: String,
        limit: Int,
        deadline: ContinuousClock.Instant
    ) async throws

    /// The folders at the top, or inside one.
    func folders(
        of mailbox: String,
        below folder: FolderReference?,
        deadline: ContinuousClock.Instant
    ) async throws -> [MailFolder]

    /// Says whether a message was read.
    func mark(_ id: String, isRead: Bool, in mailbox: String, deadline: ContinuousClock.Instant) async throws

    /// Moves a message; gives back its id, which may be another now.
    func move(
        _ id: String,
        to folder: FolderReference,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> String

    /// Whether a message lies in a folder; nil when the message is not there (any more).
    func isMessage(
        _ id: String,
        in folder: FolderReference,
        of mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> Bool?

    /// Looks at a folder again and again.
    func watch(_ folder: FolderReference, of mailbox: String, since: String) async throws -> any MailWatch

    /// Waits by the provider's clock.
    func pause(_ duration: Duration) async throws
}

/// Tells what came into a folder since the last look.
package protocol MailWatch: Sendable {
    /// Messages that are new; some may come twice.
    func poll(deadline: ContinuousClock.Instant) async throws -> [ReceivedMail]
}

/// Messages that were found.
package struct MailList: Sendable, Hashable {
    package var mails: [ReceivedMail]
    /// Whether everything that could fit was looked at: false when the look ended early, at a bound.
    package var isComplete: Bool

    /// A list.
    package init(mails: [ReceivedMail], isComplete: Bool) {
        self.mails = mails
        self.isComplete = isComplete
    }
}
