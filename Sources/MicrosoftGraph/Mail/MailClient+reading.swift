import Cryptography
import HTTPClient
import JSON
package import MailModel

extension MailClient {
    static let members =
        "id,internetMessageId,subject,from,toRecipients,ccRecipients,receivedDateTime,isRead,isDraft,hasAttachments,body"
    /// Messages looked at for what the service cannot filter by in order.
    private static let scanned = 500
    /// Pages with bodies stay small: large ones end in 504.
    static let page = 50

    package func messages(
        in mailbox: String,
        matching query: MailQuery,
        deadline: ContinuousClock.Instant
    ) async throws -> MailList {
        var options: [(String, String)] = []
        if let search = query.search {
            // No order and no filter beside it; results come by date.
            options.append(("$search", try query.searchValue(search)))
        } else {
            options = [("$filter", query.filter), ("$orderby", "receivedDateTime desc")]
        }
        let top = query.needsLooking ? Self.page : min(max(1, query.limit), Self.page)
        options += [("$top", "\(top)"), ("$select", Self.members)]
        let place: String
        if let folder = query.folder {
            place = try await path(of: folder, in: mailbox, deadline: deadline) + "/messages"
        } else {
            place = "/users/\(PercentCoding.encode(mailbox))/messages"
        }
        return try await collect(URLText.path(place, options), mailbox, query, deadline)
    }

    package func message(
        _ id: String,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> ReceivedMail {
        var mail = try await message(id, in: mailbox, asText: true, deadline)
        let original = try await message(id, in: mailbox, asText: false, deadline)
        if original.html != nil { mail.html = original.html }
        return mail
    }

    private func message(
        _ id: String,
        in mailbox: String,
        asText: Bool,
        _ deadline: ContinuousClock.Instant
    ) async throws -> ReceivedMail {
        let path = "\(Self.path(mailbox, id))?$select=\(Self.members)"
        let response = try await read(.get(path), mailbox, asText: asText, deadline, about: id)
        guard let mail = ReceivedMail(try Self.object(response, "the message")) else {
            throw MailError(.malformedAnswer, "The answer about a message lacks its id.")
        }
        return mail
    }

    package func attachments(
        of message: String,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> [ReceivedAttachment] {
        let path = "\(Self.path(mailbox, message))/attachments?$select=id,name,contentType,size,isInline"
        let operation = "read the files of \(Self.words(for: message, of: mailbox))"
        return try await elements(of: path, "attachments", in: mailbox, deadline, operation: operation)
            .compactMap(ReceivedAttachment.init)
    }

    package func download(
        _ attachment: ReceivedAttachment,
        of message: String,
        in mailbox: String,
        to path: String,
        limit: Int,
        deadline: ContinuousClock.Instant
    ) async throws {
        let content = "\(Self.path(mailbox, message))/attachments/\(PercentCoding.encode(attachment.id))/$value"
        do {
            _ = try await read(
                .get(content, sink: .file(path: path, limit: limit)),
                mailbox,
                asText: true,
                deadline,
                about: message
            )
        } catch let error as MailError where error.isTooLarge {
            throw MailError.attachmentTooLarge(attachment.name, limit: limit)
        }
    }

    private func collect(
        _ first: String,
        _ mailbox: String,
        _ query: MailQuery,
        _ deadline: ContinuousClock.Instant
    ) async throws -> MailList {
        var found: [ReceivedMail] = []
        var next: String? = first
        var seen = 0
        while let path = next, found.count < query.limit, seen < Self.scanned {
            let response = try await read(.get(path), mailbox, asText: true, deadline)
            let values = try Self.values(response, "messages")
            seen += max(1, values.count)
            found += values.compactMap(ReceivedMail.init).filter(query.admits)
            next = try self.next(Self.object(response, "messages"))
        }
        let isComplete = next == nil || found.count >= query.limit
        return MailList(mails: Array(found.prefix(query.limit)), isComplete: isComplete)
    }

    /// A GET whose answer must be 200.
    func read(
        _ request: GraphRequest,
        _ mailbox: String,
        asText: Bool,
        _ deadline: ContinuousClock.Instant,
        about message: String? = nil
    ) async throws -> HTTPClientResponse {
        let operation = "read " + (message.map { Self.words(for: $0, of: mailbox) } ?? "mail of \(mailbox)")
        var request = request
        request.prefersText = asText
        let response = try await connection.perform(request, mailbox: mailbox, deadline: deadline, operation: operation)
        guard response.status == 200 else { throw MailError(response, during: operation) }
        return response
    }
}

extension ReceivedAttachment {
    /// Reads an attachment resource; nil when it has no id or name.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let name = json["name"]?.string else { return nil }
        let type = json["@odata.type"]?.string ?? ""
        let isMessage = type.hasSuffix("itemAttachment")
        self.init(
            id: id,
            name: isMessage && !name.lowercased().hasSuffix(".eml") ? name + ".eml" : name,
            contentType: isMessage ? "message/rfc822" : json["contentType"]?.string ?? "application/octet-stream",
            size: json["size"]?.lenientInt ?? 0,
            isInline: json["isInline"]?.bool ?? false,
            hasContent: !type.hasSuffix("referenceAttachment")
        )
    }
}
