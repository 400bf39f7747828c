/// Which messages are wanted.
package struct MailQuery: Sendable, Hashable {
    /// Well-known name (`inbox`, `sentitems`) or id; nil for the whole mailbox.
    package var folder: String?
    /// At most so many.
    package var limit: Int
    package var unreadOnly: Bool
    /// RFC 3339 in UTC: received at or after.
    package var since: String?
    /// RFC 3339 in UTC: received before.
    package var until: String?
    /// Address of the sender.
    package var from: String?
    /// Part of the subject, without case.
    package var subject: String?
    package var hasAttachments: Bool?

    /// The newest ten of the inbox.
    package init(
        folder: String? = "inbox",
        limit: Int = 10,
        unreadOnly: Bool = false,
        since: String? = nil,
        until: String? = nil,
        from: String? = nil,
        subject: String? = nil,
        hasAttachments: Bool? = nil
    ) {
        self.folder = folder
        self.limit = limit
        self.unreadOnly = unreadOnly
        self.since = since
        self.until = until
        self.from = from
        self.subject = subject
        self.hasAttachments = hasAttachments
    }

    /// The `$filter`; the ordered property comes first, as the service demands.
    ///
    /// The subject is not in it: `contains` together with an order is refused as inefficient.
    var filter: String {
        var parts = ["receivedDateTime ge \(since ?? "1900-01-01T00:00:00Z")"]
        if let until { parts.append("receivedDateTime lt \(until)") }
        if unreadOnly { parts.append("isRead eq false") }
        if let from { parts.append("from/emailAddress/address eq \(URLText.literal(from))") }
        if let hasAttachments { parts.append("hasAttachments eq \(hasAttachments)") }
        return parts.joined(separator: " and ")
    }
}
