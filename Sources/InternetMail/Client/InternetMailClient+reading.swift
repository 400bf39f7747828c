import Cryptography
import FoundationEssentials
package import MailModel

extension InternetMailClient {
    /// Messages looked at, the newest first, for what the server does not search by.
    private static let scanned = 500
    private static let page = 50
    private static let head = "FLAGS INTERNALDATE BODYSTRUCTURE BODY.PEEK[HEADER]"
    private static let everything = "FLAGS INTERNALDATE BODY.PEEK[]"

    package func messages(
        in mailbox: String,
        matching query: MailQuery,
        deadline: ContinuousClock.Instant
    ) async throws -> MailList {
        let store = store(mailbox, deadline)
        guard let reference = query.folder else {
            throw MailError(.invalidInput, "IMAP searches one folder at a time: name a 'folder'.")
        }
        let criteria = try Self.criteria(query)
        let folder = try await store.name(of: reference)
        var uids = try await store.search(criteria, in: folder)[...]
        var found: [ReceivedMail] = []
        var seen = 0
        while !uids.isEmpty, found.count < query.limit, seen < Self.scanned {
            let part = Array(uids.suffix(Self.page))
            uids = uids.dropLast(Self.page)
            seen += part.count
            let messages = try await store.fetch(part, Self.head, in: folder)
            found += messages.values.map { $0.mail(in: folder) }.filter { Self.fits($0, query) }
                .sorted { $0.received > $1.received }
        }
        let isComplete = uids.isEmpty || found.count >= query.limit
        return MailList(mails: Array(found.prefix(query.limit)), isComplete: isComplete)
    }

    /// The search, by days and words; hours are looked at afterwards.
    static func criteria(_ query: MailQuery) throws(MailError) -> String {
        var parts: [String] = []
        if query.unreadOnly { parts.append("UNSEEN") }
        if let since = query.since.flatMap(IMAPDate.day) { parts.append("SINCE \(since)") }
        if let from = query.from { parts.append("FROM \(MailStore.quoted(from))") }
        if let search = query.search { parts.append(try SearchQuery.criteria(search)) }
        return parts.isEmpty ? "ALL" : parts.joined(separator: " ")
    }

    private static func fits(_ mail: ReceivedMail, _ query: MailQuery) -> Bool {
        if let since = query.since, mail.received < String(since.prefix(19)) { return false }
        if let until = query.until, mail.received >= String(until.prefix(19)) { return false }
        if let from = query.from, mail.from.lowercased() != from.lowercased() { return false }
        if let hasAttachments = query.hasAttachments, mail.hasAttachments != hasAttachments { return false }
        return query.admits(mail)
    }

    package func message(
        _ id: String,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> ReceivedMail {
        try await whole(id, in: mailbox, deadline).mail
    }

    /// A message, and what it was read from.
    func whole(
        _ id: String,
        in mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> (mail: ReceivedMail, part: MessagePart) {
        let place = try Self.place(id)
        let store = store(mailbox, deadline)
        let fetched = try await store.fetch([place.uid], Self.everything, in: place.folder)[place.uid]
        guard let fetched, let content = fetched.content else { throw Self.gone(id, mailbox) }
        return (fetched.mail(in: place.folder), MessagePart(content))
    }

    package func attachments(
        of message: String,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> [ReceivedAttachment] {
        try await whole(message, in: mailbox, deadline).part.files.map(\.attachment)
    }

    package func download(
        _ attachment: ReceivedAttachment,
        of message: String,
        in mailbox: String,
        to path: String,
        limit: Int,
        deadline: ContinuousClock.Instant
    ) async throws {
        let files = try await whole(message, in: mailbox, deadline).part.files
        guard let file = files.first(where: { $0.attachment.id == attachment.id }) else {
            throw MailError(.notFound, "The attachment \(attachment.name) is not there (any more).")
        }
        let bytes = file.part.bytes
        guard bytes.count <= limit else {
            throw MailError.attachmentTooLarge(attachment.name, limit: limit)
        }
        try await environment.blocking { try Data(bytes).write(to: URL(filePath: path)) }
    }

    /// SHA-256 of every file of a message.
    func hashes(
        of place: MailStore.Place,
        in mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> Set<String> {
        Set(try await whole(place.id, in: mailbox, deadline).part.files.map { SHA256.digest(of: $0.part.bytes).hex })
    }

    package func deliveries(
        of messageID: String,
        from mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> [MailDelivery] {
        throw MailError(
            .invalidInput,
            "SMTP tells nobody what became of a mail: trace_mail works with Microsoft Graph; look for a report in the Inbox."
        )
    }

    // MARK: Folders

    package func folders(
        of mailbox: String,
        below folder: FolderReference?,
        deadline: ContinuousClock.Instant
    ) async throws -> [MailFolder] {
        let store = store(mailbox, deadline)
        let all = try await store.folders()
        let parent = if let folder { try await store.name(of: folder) } else { String?.none }
        var folders: [MailFolder] = []
        for entry in all where Self.parent(of: entry) == parent {
            let isReal = !entry.attributes.contains("\\noselect") && !entry.attributes.contains("\\nonexistent")
            let status = isReal ? try await store.status(of: entry.name) : (0, 0)
            folders.append(
                MailFolder(
                    id: entry.name,
                    name: entry.name,
                    total: status.0,
                    unread: status.1,
                    children: all.count { Self.parent(of: $0) == entry.name }
                )
            )
        }
        return folders
    }

    private static func parent(of folder: MailStore.Folder) -> String? {
        guard !folder.separator.isEmpty, let end = folder.name.range(ofLast: folder.separator) else { return nil }
        return String(folder.name[..<end])
    }

    // MARK: Changing

    package func mark(_ id: String, isRead: Bool, in mailbox: String, deadline: ContinuousClock.Instant) async throws {
        let place = try Self.place(id)
        let store = store(mailbox, deadline)
        try await store.store(isRead ? "+FLAGS (\\Seen)" : "-FLAGS (\\Seen)", place.uid, in: place.folder)
        guard let flags = try await store.fetch([place.uid], "FLAGS", in: place.folder)[place.uid]?.flags else {
            throw Self.gone(id, mailbox)
        }
        guard flags.contains("\\seen") == isRead else {
            throw MailError(.rejected, "The server took the change of a mail of \(mailbox), but shows it unchanged.")
        }
    }

    package func move(
        _ id: String,
        to folder: FolderReference,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> String {
        let place = try Self.place(id)
        let store = store(mailbox, deadline)
        let target = try await store.name(of: folder)
        guard target != place.folder else { return id }
        let head = try await store.fetch([place.uid], "BODY.PEEK[HEADER]", in: place.folder)[place.uid]
        guard let head else { throw Self.gone(id, mailbox) }
        try await store.move(place.uid, from: place.folder, to: target)
        let messageID = head.mail(in: place.folder).internetMessageID
        guard !messageID.isEmpty, let uid = try await store.find(messageID: messageID, in: target).last else {
            throw MailError(
                .notFound,
                "The mail was moved to \(target) of \(mailbox), but has no Message-ID to find it by."
            )
        }
        return MailStore.Place(uid: uid, folder: target).id
    }

    package func isMessage(
        _ id: String,
        in folder: FolderReference,
        of mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> Bool? {
        let place = try Self.place(id)
        let store = store(mailbox, deadline)
        let isThere = try await store.fetch([place.uid], "FLAGS", in: place.folder)[place.uid] != nil
        guard isThere else { return nil }
        return try await store.name(of: folder) == place.folder
    }

    static func place(_ id: String) throws(MailError) -> MailStore.Place {
        guard let place = MailStore.Place(id) else {
            throw MailError(.notFound, "'\(id.prefix(60))' names no mail here: ids look like 17@INBOX.")
        }
        return place
    }

    private static func gone(_ id: String, _ mailbox: String) -> MailError {
        MailError(.notFound, "The mail \(id) is not in \(mailbox) (any more).")
    }

    // MARK: Watching

    package func watch(
        _ folder: FolderReference,
        of mailbox: String,
        since: String
    ) async throws -> any MailWatch {
        let name = try await store(mailbox, environment.now() + .seconds(30)).name(of: folder)
        return FolderWatch(self, mailbox: mailbox, folder: name, since: since)
    }
}

extension String {
    /// Where the last occurrence begins.
    fileprivate func range(ofLast wanted: String) -> Index? {
        var found: Index?
        var start = startIndex
        while let range = self[start...].firstRange(of: wanted) {
            found = range.lowerBound
            start = range.upperBound
        }
        return found
    }
}
