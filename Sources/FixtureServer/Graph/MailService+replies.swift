import JSON

extension MailService {
    /// A draft that answers a message.
    func answering(
        _ call: GraphCall,
        _ kind: ReplyKind,
        to id: String,
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> StoredMessage {
        let original = try mailbox.message(id)
        if let mime = try call.mime() {
            let parsed = try MIMEMessage.read(mime)
            return try mailbox.makeDraft(now: call.now) { draft throws(GraphFailure) in
                draft.take(parsed, identifiers, now: call.now)
                draft.answer(original)
            }
        }
        let json = try call.parameters()
        let comment = json.parameter("comment")?.string
        let given = json.parameter("message")?.object
        guard comment == nil || given?["body"] == nil else {
            throw .badRequest("A comment and a body of the message cannot be given both.", code: "ErrorInvalidRequest")
        }
        let own = mailbox.address.lowercased()
        let receivers = json.parameter("toRecipients")
        return try mailbox.makeDraft(now: call.now) { draft throws(GraphFailure) in
            draft.answer(original)
            draft.subject = kind.prefix + Self.bare(original.subject)
            draft.body = Self.quoting(original, below: comment ?? "")
            switch kind {
            case .forward:
                draft.attachments = original.attachments.map { attachment in
                    var copy = attachment
                    copy.id = identifiers.make(MailIdentifiers.attachmentPrefix)
                    return copy
                }
            case .reply, .replyAll:
                let author = original.replyTo.isEmpty ? [original.from].compactMap(\.self) : original.replyTo
                draft.to = author
                guard kind == .replyAll else { break }
                let others = original.to.filter { other in
                    other.address.lowercased() != own && !author.contains { $0.address == other.address }
                }
                draft.to += others
                draft.cc = original.cc.filter { $0.address.lowercased() != own }
            }
            if let receivers { draft.to = try StoredMessage.Recipient.list(receivers, "toRecipients") }
            if let given { try draft.update(from: given) }
        }
    }

    /// The subject without the prefixes of earlier answers.
    private static func bare(_ subject: String) -> String {
        var rest = Substring(subject)
        while let prefix = ["re: ", "fw: ", "aw: ", "wg: "].first(where: { rest.lowercased().hasPrefix($0) }) {
            rest = rest.dropFirst(prefix.count)
        }
        return String(rest)
    }

    /// The comment, a line, who wrote what when, the original: HTML, as the service answers unless asked otherwise.
    private static func quoting(_ original: StoredMessage, below comment: String) -> StoredMessage.Body {
        func shown(_ people: [StoredMessage.Recipient]) -> String {
            people.map { $0.name == $0.address ? $0.address : "\($0.name) <\($0.address)>" }.joined(separator: "; ")
        }
        let content =
            original.body.contentType == "html"
            ? original.body.content
            : "<div>"
                + HTML.escape(original.body.content).split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: "<br>\n") + "</div>"
        let page: HTML = """
            <html><head>
            <meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>\(comment)
            <hr tabindex="-1" style="display:inline-block; width:98%">
            <div id="divRplyFwdMsg" dir="ltr"><b>From:</b> \(shown([original.from].compactMap(\.self)))<br>
            <b>Sent:</b> \(FixtureClock.rfc3339(original.sent))<br>
            <b>To:</b> \(shown(original.to))<br>
            <b>Subject:</b> \(original.subject)</div>

            """
        return StoredMessage.Body(contentType: "html", content: page.markup + content + "</body></html>")
    }
}

extension StoredMessage {
    /// Makes it part of the conversation of the message it answers.
    fileprivate mutating func answer(_ original: StoredMessage) {
        conversationID = original.conversationID
        references = original.references + [original.internetMessageID]
    }
}
