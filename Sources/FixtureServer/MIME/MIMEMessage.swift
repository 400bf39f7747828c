/// What a MIME message says that a mailbox keeps.
struct MIMEMessage: Sendable {
    private static let depthLimit = 8

    let whole: MIMEPart
    private(set) var text: String?
    private(set) var html: String?
    private(set) var files: [MIMEPart] = []

    /// Reads a whole message.
    static func read(_ bytes: [UInt8]) throws(GraphFailure) -> MIMEMessage {
        let message = MIMEMessage(MIMEPart(bytes[...]))
        guard !message.whole.headers.isEmpty else {
            throw .badRequest("The MIME content is invalid: it has no headers.", code: "ErrorMimeContentInvalid")
        }
        return message
    }

    private init(_ whole: MIMEPart) {
        self.whole = whole
        take(whole, depth: 0)
    }

    private mutating func take(_ part: MIMEPart, depth: Int) {
        let parts = depth < Self.depthLimit ? part.parts : []
        if !parts.isEmpty {
            for part in parts { take(part, depth: depth + 1) }
        } else if part.fileName != nil || part.parameters(of: "Content-Disposition").value == "attachment" {
            files.append(part)
        } else if part.contentType == "text/html", html == nil {
            html = part.text
        } else if part.contentType == "text/plain", text == nil {
            text = part.text
        } else {
            files.append(part)
        }
    }

    /// The people in a header, `Anna Muster <anna@kunde.example>, "B, C" <b@c.example>`.
    func people(in name: String) -> [StoredMessage.Recipient] {
        var items = [""]
        var isQuoted = false
        for character in whole.headers.filter({ $0.name.lowercased() == name.lowercased() }).map(\.value)
            .joined(separator: ",")
        {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted { items.append("") } else { items[items.count - 1].append(character) }
        }
        return items.compactMap(Self.person)
    }

    private static func person(_ text: String) -> StoredMessage.Recipient? {
        guard let open = text.lastIndex(of: "<"), let close = text.lastIndex(of: ">"), open < close else {
            let address = text.filter { !$0.isWhitespace }
            return address.contains("@") ? StoredMessage.Recipient(name: address, address: address) : nil
        }
        let address = String(text[text.index(after: open)..<close].filter { !$0.isWhitespace })
        let words = text[..<open].split(whereSeparator: \.isWhitespace).joined(separator: " ").filter { $0 != "\"" }
        let name = MIMEText.decodedWords(words)
        return StoredMessage.Recipient(name: name.isEmpty ? address : name, address: address)
    }
}

extension StoredMessage {
    /// Takes over everything of a MIME message.
    mutating func take(_ message: MIMEMessage, _ identifiers: MailIdentifiers, now: Int64) {
        subject = MIMEText.decodedWords(message.whole.header("Subject") ?? "")
        from = message.people(in: "From").first
        to = message.people(in: "To")
        cc = message.people(in: "Cc")
        bcc = message.people(in: "Bcc")
        replyTo = message.people(in: "Reply-To")
        let givenID = message.whole.header("Message-ID")?.filter { !$0.isWhitespace } ?? ""
        if givenID.hasPrefix("<") { internetMessageID = givenID }
        references = (message.whole.header("References") ?? message.whole.header("In-Reply-To") ?? "")
            .split(whereSeparator: \.isWhitespace).map(String.init)
        if let html = message.html {
            body = Body(contentType: "html", content: html)
        } else {
            body = Body(contentType: "text", content: message.text ?? "")
        }
        switch message.whole.header("Importance")?.lowercased() ?? message.whole.header("X-Priority") {
        case "high", "1", "2": importance = "high"
        case "low", "4", "5": importance = "low"
        default: break
        }
        headers = message.whole.headers.filter { $0.name.lowercased().hasPrefix("x-") }
            .map { ($0.name, MIMEText.decodedWords($0.value)) }
        attachments = message.files.map { part in
            let contentID = part.header("Content-ID")?.filter { !"<> ".contains($0) }
            return StoredAttachment(
                id: identifiers.make(MailIdentifiers.attachmentPrefix),
                name: part.fileName ?? "attachment",
                contentType: part.contentType,
                bytes: part.bytes,
                isInline: contentID != nil && part.parameters(of: "Content-Disposition").value != "attachment",
                contentID: contentID,
                modified: now
            )
        }
    }
}
