extension Mailbox {
    /// A new message nobody has filled in, not put anywhere yet.
    func blank(now: Int64, in folder: String) -> StoredMessage {
        StoredMessage(
            id: identifiers.make(MailIdentifiers.restPrefix),
            immutableID: identifiers.make(MailIdentifiers.immutablePrefix),
            changeKey: identifiers.changeKey(),
            folder: folder,
            created: now,
            modified: now,
            sent: now,
            received: now,
            internetMessageID: identifiers.internetMessageID(),
            conversationID: identifiers.make("AAQkAG")
        )
    }

    /// A new draft, in Drafts unless another folder is named.
    mutating func makeDraft(
        now: Int64,
        in folder: String? = nil,
        _ fill: (inout StoredMessage) throws(GraphFailure) -> Void
    ) throws(GraphFailure) -> StoredMessage {
        var message = blank(now: now, in: folder ?? id(of: .drafts))
        message.isDraft = true
        message.isRead = true
        try fill(&message)
        return insert(message)
    }

    mutating func attach(_ attachment: StoredAttachment, to id: String, now: Int64) throws(GraphFailure) {
        _ = try update(id, now: now) { message throws(GraphFailure) in
            guard message.isDraft else {
                throw .badRequest("The message is not a draft.", code: "ErrorInvalidOperation")
            }
            guard message.attachments.count < 250 else {
                throw .badRequest("The message has too many attachments.", code: "ErrorTooManyObjectsOpened")
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

    /// What the service checks before it takes a message for sending.
    func checkSubmission(of message: StoredMessage, sendAs: Set<String>) throws(GraphFailure) {
        guard !(message.to + message.cc + message.bcc).isEmpty else {
            throw .badRequest(
                "At least one recipient is not valid., A message can't be sent because it contains no recipients.",
                code: "ErrorInvalidRecipients"
            )
        }
        guard message.to.count + message.cc.count + message.bcc.count <= 500 else {
            throw .badRequest("The message has more than 500 recipients.", code: "ErrorTooManyRecipients")
        }
        let sender = (message.from?.address ?? address).lowercased()
        guard sender == address.lowercased() || sendAs.contains(sender) else { throw .sendAsDenied }
    }

    /// Submits a draft: it leaves Drafts at once and reaches Sent Items after the delay.
    mutating func send(
        _ id: String,
        now: Int64,
        _ behaviour: Behaviour,
        sendAs: Set<String> = []
    ) throws(GraphFailure) -> StoredMessage {
        let draft = try message(id)
        guard draft.isDraft else { throw .itemNotFound }
        try checkSubmission(of: draft, sendAs: sendAs)
        let newImmutableID = identifiers.make(MailIdentifiers.immutablePrefix)
        let sender = StoredMessage.Recipient(name: address, address: address)
        let sent = try move(id, to: self.id(of: .outbox), now: now) { message in
            message.isDraft = false
            message.from = message.from ?? sender
            message.sender = sender
            message.sent = now
            message.received = now
            if !behaviour.keepsImmutableID { message.immutableID = newImmutableID }
            message.leavesOutbox = now + behaviour.sendDelay
            message.isInvisible = !behaviour.isOutboxVisible && behaviour.sendDelay > 0
        }
        submitted.append(sent)
        settle(now: now)
        return sent
    }

    /// Puts a message somebody sent into the Inbox.
    mutating func deliver(_ message: StoredMessage, now: Int64) {
        var copy = message
        copy.id = identifiers.make(MailIdentifiers.restPrefix)
        copy.immutableID = identifiers.make(MailIdentifiers.immutablePrefix)
        copy.changeKey = identifiers.changeKey()
        copy.folder = id(of: .inbox)
        copy.created = now
        copy.modified = now
        copy.received = now
        copy.isRead = false
        copy.isDraft = false
        copy.bcc = []
        copy.categories = []
        copy.flagStatus = "notFlagged"
        copy.leavesOutbox = nil
        copy.isInvisible = false
        // Named properties stay with the sender; the x-header travels.
        copy.extendedProperties = [:]
        insert(copy)
    }
}

extension Mailbox {
    /// Puts the report that a mail could not be delivered into the Inbox.
    mutating func bounce(_ message: StoredMessage, _ addresses: [String], now: Int64) {
        var report = blank(now: now, in: id(of: .inbox))
        let postmaster = StoredMessage.Recipient(
            name: "Microsoft Outlook",
            address: "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@\(address.split(separator: "@").last ?? "")"
        )
        report.from = postmaster
        report.to = [StoredMessage.Recipient(name: address, address: address)]
        report.subject = "Undeliverable: \(message.subject)"
        report.conversationID = message.conversationID
        report.references = message.references + [message.internetMessageID]
        report.body.content =
            "Your message to \(addresses.joined(separator: ", ")) couldn't be delivered.\r\n\r\n"
            + "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup\r\n\r\n"
            + "Message ID: \(message.internetMessageID)\r\n"
        insert(report)
    }
}
