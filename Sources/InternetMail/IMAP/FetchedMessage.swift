import MailModel

/// What a server said about one message.
struct FetchedMessage: Sendable {
    var uid: UInt32
    /// In lower case; nil when not asked for.
    var flags: Set<String>?
    /// RFC 3339 in UTC; nil when not asked for.
    var received: String?
    /// Of the message or its head, whichever was asked for.
    var content: [UInt8]?
    /// Whether the structure names a file.
    var hasFiles: Bool?

    /// Reads the list behind `FETCH`; nil without a uid.
    init?(_ values: [IMAPValue]) {
        var found: UInt32?
        var index = 0
        while index + 1 < values.count {
            let name = values[index].text?.uppercased() ?? ""
            let value = values[index + 1]
            switch name {
            case "UID": found = value.text.flatMap(UInt32.init)
            case "FLAGS": flags = Set((value.list ?? []).compactMap { $0.text?.lowercased() })
            case "INTERNALDATE": received = value.text.flatMap(IMAPDate.rfc3339)
            case "BODYSTRUCTURE": hasFiles = Self.hasFiles(value)
            default: if name.hasPrefix("BODY[") { content = value.bytes }
            }
            index += 2
        }
        guard let found else { return nil }
        uid = found
    }

    /// A server may say things about a message in several answers.
    func merged(with other: FetchedMessage) -> FetchedMessage {
        var merged = self
        merged.flags = other.flags ?? flags
        merged.received = other.received ?? received
        merged.content = other.content ?? content
        merged.hasFiles = other.hasFiles ?? hasFiles
        return merged
    }

    private static func hasFiles(_ structure: IMAPValue) -> Bool {
        switch structure {
        case .list(let values): values.contains(where: hasFiles)
        case .string(let bytes): String(decoding: bytes, as: UTF8.self).lowercased() == "attachment"
        case .atom(let text): text.lowercased() == "attachment"
        }
    }

    /// The message as every provider shows it.
    func mail(in folder: String) -> ReceivedMail {
        let part = MessagePart(content ?? [])
        let files = part.files
        return ReceivedMail(
            id: MailStore.Place(uid: uid, folder: folder).id,
            internetMessageID: part.header("message-id") ?? "",
            subject: part.header("subject") ?? "",
            from: part.addresses("from").first ?? "",
            to: part.addresses("to"),
            cc: part.addresses("cc"),
            received: received ?? "",
            isRead: flags?.contains("\\seen") ?? false,
            isDraft: flags?.contains("\\draft") ?? false,
            hasAttachments: hasFiles ?? files.contains { !$0.attachment.isInline },
            body: part.plainBody,
            html: part.htmlBody
        )
    }
}
