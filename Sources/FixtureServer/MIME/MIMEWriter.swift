import Cryptography

/// A stored message as the MIME text `$value` gives (recorded form: folded headers, CRLF).
enum MIMEWriter {
    static func bytes(of message: StoredMessage) -> [UInt8] {
        var lines = message.transportHeaders.map { "\($0.name): \($0.value)" }
        lines.append("MIME-Version: 1.0")
        lines.append(content(of: message))
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// `Content-Type` and what is below it.
    private static func content(of message: StoredMessage) -> String {
        let boundary = "_\(SHA256.digest(of: message.changeKey).hex.prefix(24))_"
        let inline = message.attachments.filter(\.isInline)
        let files = message.attachments.filter { !$0.isInline }
        var content = text(message.body)
        if !inline.isEmpty {
            content = multipart("related", "r" + boundary, [content] + inline.map { part($0, "inline") })
        }
        if !files.isEmpty {
            content = multipart("mixed", "m" + boundary, [content] + files.map { part($0, "attachment") })
        }
        return content
    }

    private static func text(_ body: StoredMessage.Body) -> String {
        let type = body.contentType == "html" ? "text/html" : "text/plain"
        let isPlain =
            body.content.utf8.allSatisfy { $0 < 0x7F }
            && !body.content.split(separator: "\n").contains { $0.count > 900 }
        guard isPlain else {
            return "Content-Type: \(type); charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + MIMEText.base64Lines(Array(body.content.utf8)) + "\r\n"
        }
        let lines = body.content.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.last == "\r" ? line.dropLast() : line
        }
        let ended = body.content.split(whereSeparator: \.isNewline).isEmpty ? "" : lines.joined(separator: "\r\n")
        return "Content-Type: \(type); charset=\"us-ascii\"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\(ended)\r\n"
    }

    private static func part(_ attachment: StoredAttachment, _ disposition: String) -> String {
        let name = MIMEText.encodedWords(attachment.name)
        var lines = [
            "Content-Type: \(attachment.contentType); name=\"\(name)\"", "Content-Description: \(name)",
            "Content-Disposition: \(disposition); filename=\"\(name)\"; size=\(attachment.bytes.count)",
        ]
        // A message within a message stands there as it is (RFC 2046 §5.2.1).
        guard !attachment.isItem else {
            return (lines + ["", String(decoding: attachment.bytes, as: UTF8.self), ""]).joined(separator: "\r\n")
        }
        if let id = attachment.contentID { lines.append("Content-ID: <\(id)>") }
        lines += ["Content-Transfer-Encoding: base64", "", MIMEText.base64Lines(attachment.bytes), ""]
        return lines.joined(separator: "\r\n")
    }

    private static func multipart(_ kind: String, _ boundary: String, _ parts: [String]) -> String {
        "Content-Type: multipart/\(kind);\r\n\tboundary=\"\(boundary)\"\r\n\r\n"
            + parts.map { "--\(boundary)\r\n\($0)\r\n" }.joined() + "--\(boundary)--\r\n"
    }
}

extension StoredMessage {
    /// The headers the message has on its way, encoded; without those of its content.
    var transportHeaders: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        func add(_ name: String, _ people: [Recipient]) {
            guard !people.isEmpty else { return }
            headers.append((name, people.map(Self.person).joined(separator: ",\r\n\t")))
        }
        if let from { add("From", [from]) }
        add("To", to)
        add("CC", cc)
        add("Reply-To", replyTo)
        headers.append(("Subject", MIMEText.encodedWords(subject)))
        headers.append(("Thread-Topic", MIMEText.encodedWords(subject)))
        headers.append(("Date", FixtureClock.rfc5322(sent)))
        headers.append(("Message-ID", internetMessageID))
        if let parent = references.last {
            headers.append(("In-Reply-To", parent))
            headers.append(("References", references.joined(separator: "\r\n\t")))
        }
        if importance != "normal" { headers.append(("Importance", importance)) }
        headers.append(("Content-Language", "de-DE"))
        headers.append(("X-MS-Has-Attach", hasAttachments ? "yes" : ""))
        return headers + self.headers.map { ($0.name, MIMEText.encodedWords($0.value)) }
    }

    private static func person(_ recipient: Recipient) -> String {
        let isPlain = recipient.name.unicodeScalars.allSatisfy { $0.isASCII }
        let name = isPlain ? "\"\(recipient.name.filter { $0 != "\"" })\"" : MIMEText.encodedWords(recipient.name)
        return "\(name) <\(recipient.address)>"
    }
}
