/// Which messages are wanted.
package struct MailQuery: Sendable, Hashable {
    /// Nil for the whole mailbox.
    package var folder: FolderReference?
    /// At most so many.
    package var limit: Int
    package var unreadOnly: Bool
    /// RFC 3339 in UTC: received at or after.
    package var since: String?
    /// RFC 3339 in UTC: received before.
    package var until: String?
    /// Address of the sender.
    package var from: String?
    /// Address of a receiver, among to and cc.
    package var to: String?
    /// Part of the subject, without case.
    package var subject: String?
    package var hasAttachments: Bool?
    /// Full-text search; nothing else but folder and limit may be set beside it.
    package var search: String?

    /// The newest ten of the inbox.
    package init(
        folder: FolderReference? = .purpose(.inbox),
        limit: Int = 10,
        unreadOnly: Bool = false,
        since: String? = nil,
        until: String? = nil,
        from: String? = nil,
        to: String? = nil,
        subject: String? = nil,
        hasAttachments: Bool? = nil,
        search: String? = nil
    ) {
        self.folder = folder
        self.limit = limit
        self.unreadOnly = unreadOnly
        self.since = since
        self.until = until
        self.from = from
        self.to = to
        self.subject = subject
        self.hasAttachments = hasAttachments
        self.search = search
    }

    /// Whether the parts no service can filter by in order hold: subject and receiver.
    package func admits(_ mail: ReceivedMail) -> Bool {
        if let subject, !mail.subject.lowercased().contains(subject.lowercased()) { return false }
        if let to {
            let wanted = to.lowercased()
            return (mail.to + mail.cc).contains { $0.lowercased() == wanted }
        }
        return true
    }

    /// Whether `admits` looks at anything.
    package var needsLooking: Bool { subject != nil || to != nil }
}
