import HTTPServer

/// The mailboxes in a browser, for people who try the demo: read only, no token, nothing from elsewhere.
///
/// ```
/// GET /                                       mailboxes with their folders
/// GET /mailbox/{address}?folder=ID            the messages of a folder
/// GET /mailbox/{address}/{message}            one message
/// GET /mailbox/{address}/{message}/body       its HTML, alone in a frame that may do nothing
/// GET /mailbox/{address}/{message}/{file}     an attachment
/// ```
extension GraphFixture {
    /// The answer when the request is for a page, nil for any other.
    func respondAsPage(_ request: HTTPRequest) -> HTTPResponse? {
        guard request.method == "GET" else { return nil }
        let segments = request.segments
        mail.settle(now: now())
        switch (segments.first, segments.count) {
        case (nil, 0):
            return .html(200, MailboxPage.overview(mail.mailboxes.values.sorted { $0.address < $1.address }))
        case ("mailbox.css", 1):
            return MailboxPage.styleSheet
        case ("mailbox", 2...4):
            guard let mailbox = mail.mailboxes[segments[1].lowercased()] else { return MailboxPage.missing }
            return page(mailbox, Array(segments.dropFirst(2)), folder: request.queryFields["folder"])
        default:
            return nil
        }
    }

    private func page(_ mailbox: Mailbox, _ rest: [String], folder name: String?) -> HTTPResponse {
        guard let id = rest.first else {
            guard let folder = try? mailbox.folder(name ?? "inbox") else { return MailboxPage.missing }
            return .html(200, MailboxPage.list(mailbox, folder))
        }
        guard let message = try? mailbox.message(id) else { return MailboxPage.missing }
        guard rest.count == 2 else { return .html(200, MailboxPage.message(message, in: mailbox)) }
        if rest[1] == "body" { return MailboxPage.body(of: message, in: mailbox) }
        guard let file = message.attachments.first(where: { $0.id == rest[1] }) else { return MailboxPage.missing }
        return MailboxPage.file(file)
    }
}
