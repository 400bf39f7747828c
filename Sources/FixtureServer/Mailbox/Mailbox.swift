import Cryptography

/// The messages of one user.
struct Mailbox: Sendable {
    /// How sending behaves; settable by the control endpoint.
    struct Behaviour: Sendable {
        /// Milliseconds between 202 and the copy in Sent Items.
        var sendDelay: Int64 = 0
        /// Whether a message on its way can be seen in the Outbox.
        var isOutboxVisible = true
        /// Whether the immutable id of a draft leads to the sent copy; Microsoft's pages disagree.
        var keepsImmutableID = true
    }

    /// Above this a request may not be (docs: "one REST request is limited to 4 MB").
    static let requestLimit = 4 << 20
    /// From here on an attachment needs an upload session.
    static let uploadThreshold = 3 << 20
    static let attachmentLimit = 150 << 20

    let address: String
    private let identifiers: MailIdentifiers
    private(set) var messages: [StoredMessage] = []

    init(address: String, identifiers: MailIdentifiers) {
        self.address = address
        self.identifiers = identifiers
    }

    /// Moves what has waited long enough from the Outbox to Sent Items.
    mutating func settle(now: Int64) {
        for index in messages.indices {
            guard let due = messages[index].leavesOutbox, due <= now else { continue }
            messages[index].leavesOutbox = nil
            messages[index].isInvisible = false
            messages[index].folder = .sentitems
            messages[index].modified = now
        }
    }

    /// What can be found, the newest first.
    var visible: [StoredMessage] { messages.reversed().filter { !$0.isInvisible } }

    func folderID(_ folder: MailFolder) -> String {
        "AQMkADAw" + Base64.encodeURL(Array(SHA256.digest(of: address).bytes.prefix(9))) + folder.idSuffix
    }

    /// A folder by well-known name or id.
    func folder(_ name: String) throws(GraphFailure) -> MailFolder {
        if let known = MailFolder(rawValue: name.lowercased()) { return known }
        if let byID = MailFolder.allCases.first(where: { folderID($0) == name }) { return byID }
        throw MailIdentifiers.isWellFormed(name) ? .itemNotFound : .malformedID
    }

    private func index(of id: String) throws(GraphFailure) -> Int {
        guard MailIdentifiers.isWellFormed(id) else { throw .malformedID }
        let found = messages.firstIndex { !$0.isInvisible && ($0.id == id || $0.immutableID == id) }
        guard let found else { throw .itemNotFound }
        return found
    }

    /// A message by either kind of id.
    func message(_ id: String) throws(GraphFailure) -> StoredMessage { messages[try index(of: id)] }

    /// A new message in Drafts.
    mutating func makeDraft(now: Int64, _ fill: (inout StoredMessage) throws(GraphFailure) -> Void) throws(GraphFailure)
        -> StoredMessage
    {
        var message = StoredMessage(
            id: identifiers.make(MailIdentifiers.restPrefix),
            immutableID: identifiers.make(MailIdentifiers.immutablePrefix),
            changeKey: identifiers.changeKey(),
            folder: .drafts,
            created: now,
            modified: now,
            sent: now,
            internetMessageID: identifiers.internetMessageID(),
            conversationID: identifiers.make("AAQkAG")
        )
        message.isDraft = true
        message.isRead = true
        try fill(&message)
        messages.append(message)
        return message
    }

    /// Changes a message; most members only while it is a draft.
    mutating func update(
        _ id: String,
        now: Int64,
        _ change: (inout StoredMessage) throws(GraphFailure) -> Void
    ) throws(GraphFailure) -> StoredMessage {
        let index = try index(of: id)
        var message = messages[index]
        try change(&message)
        message.modified = now
        message.changeKey = identifiers.changeKey()
        messages[index] = message
        return message
    }

    mutating func delete(_ id: String) throws(GraphFailure) {
        let index = try index(of: id)
        messages.remove(at: index)
    }

    mutating func attach(_ attachment: StoredAttachment, to id: String, now: Int64) throws(GraphFailure) {
        _ = try update(id, now: now) { message throws(GraphFailure) in
            guard message.isDraft else {
                throw .badRequest("The message is not a draft.", code: "ErrorInvalidOperation")
            }
            message.attachments.append(attachment)
        }
    }

    mutating func detach(_ attachment: String, from id: String, now: Int64) throws(GraphFailure) {
        _ = try update(id, now: now) { message throws(GraphFailure) in
            guard let index = message.attachments.firstIndex(where: { $0.id == attachment }) else {
                throw .itemNotFound
            }
            message.attachments.remove(at: index)
        }
    }

    /// Submits a draft: it leaves Drafts at once and reaches Sent Items after the delay.
    mutating func send(_ id: String, now: Int64, _ behaviour: Behaviour) throws(GraphFailure) -> StoredMessage {
        let index = try index(of: id)
        var message = messages[index]
        guard message.isDraft else { throw .itemNotFound }
        guard !(message.to + message.cc + message.bcc).isEmpty else {
            throw .badRequest(
                "At least one recipient is not valid., A message can't be sent because it contains no recipients.",
                code: "ErrorInvalidRecipients"
            )
        }
        message.isDraft = false
        message.from = StoredMessage.Recipient(name: address, address: address)
        message.sent = now
        message.modified = now
        message.id = identifiers.make(MailIdentifiers.restPrefix)
        if !behaviour.keepsImmutableID { message.immutableID = identifiers.make(MailIdentifiers.immutablePrefix) }
        message.changeKey = identifiers.changeKey()
        message.folder = .outbox
        message.leavesOutbox = now + behaviour.sendDelay
        message.isInvisible = !behaviour.isOutboxVisible && behaviour.sendDelay > 0
        messages[index] = message
        settle(now: now)
        return message
    }

    /// Puts a message somebody sent into the Inbox.
    mutating func deliver(_ message: StoredMessage, now: Int64) {
        var copy = message
        copy.id = identifiers.make(MailIdentifiers.restPrefix)
        copy.immutableID = identifiers.make(MailIdentifiers.immutablePrefix)
        copy.changeKey = identifiers.changeKey()
        copy.folder = .inbox
        copy.created = now
        copy.modified = now
        copy.isRead = false
        copy.isDraft = false
        copy.bcc = []
        copy.leavesOutbox = nil
        copy.isInvisible = false
        // Named properties stay with the sender; the x-header travels.
        copy.extendedProperties = [:]
        messages.append(copy)
    }
}
