import HTTPClient
import JSON

extension MailClient {
    private static let members =
        "id,internetMessageId,subject,from,toRecipients,ccRecipients,receivedDateTime,isRead,isDraft,hasAttachments,body"
    /// Messages looked at for a subject; the service cannot filter by it in order.
    private static let scanned = 500
    /// Pages with bodies stay small: large ones end in 504.
    private static let page = 50

    /// Messages of a folder, the newest first.
    package func messages(
        in mailbox: String,
        matching query: MailQuery,
        deadline: ContinuousClock.Instant
    ) async throws -> [ReceivedMail] {
        let place = query.folder.map { "/mailFolders/\(URLText.encode($0))" } ?? ""
        let top = min(query.subject == nil ? max(1, query.limit) : Self.page, Self.page)
        let first =
            "/users/\(URLText.encode(mailbox))\(place)/messages?$filter=\(URLText.encode(query.filter))"
            + "&$orderby=\(URLText.encode("receivedDateTime desc"))&$top=\(top)&$select=\(Self.members)"
        let wanted = query.subject?.lowercased()
        return try await collect(first, mailbox, limit: query.limit, deadline) { mail in
            wanted.map { mail.subject.lowercased().contains($0) } ?? true
        }
    }

    /// Messages the service's index finds for a query in KQL (`from:anna subject:Rechnung`).
    ///
    /// The index lags behind: what has just arrived or been sent may be missing.
    package func search(
        _ text: String,
        in mailbox: String,
        limit: Int,
        deadline: ContinuousClock.Instant
    ) async throws -> [ReceivedMail] {
        // The whole value stands in quotes; quotes and backslashes inside are escaped.
        let escaped = text.reduce(into: "") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        let first =
            "/users/\(URLText.encode(mailbox))/messages?$search=\(URLText.encode("\"\(escaped)\""))"
            + "&$top=\(min(max(1, limit), Self.page))&$select=\(Self.members)"
        return try await collect(first, mailbox, limit: limit, deadline) { _ in true }
    }

    /// One message by id.
    package func message(
        _ id: String,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> ReceivedMail {
        let response = try await perform(.get("\(Self.path(mailbox, id))?$select=\(Self.members)"), mailbox, deadline)
        guard let mail = ReceivedMail(try Self.object(response, "the message")) else {
            throw GraphError(.malformedAnswer, "The answer about a message lacks its id.")
        }
        return mail
    }

    /// The files attached to a message, with their contents.
    package func files(
        of message: String,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> [(name: String, contentType: String, bytes: [UInt8])] {
        let path = "\(Self.path(mailbox, message))/attachments"
        let response = try await perform(.get(path + "?$select=id,name,contentType,isInline"), mailbox, deadline)
        var files: [(name: String, contentType: String, bytes: [UInt8])] = []
        for value in try Self.values(response, "attachments") where value["isInline"]?.bool != true {
            guard let id = value["id"]?.string, let name = value["name"]?.string else { continue }
            let content = try await perform(
                .get("\(path)/\(URLText.encode(id))/$value", sink: .memory(limit: 160 << 20)),
                mailbox,
                deadline
            )
            files.append((name, value["contentType"]?.string ?? "application/octet-stream", content.body))
        }
        return files
    }

    private func collect(
        _ first: String,
        _ mailbox: String,
        limit: Int,
        _ deadline: ContinuousClock.Instant,
        where isWanted: (ReceivedMail) -> Bool
    ) async throws -> [ReceivedMail] {
        var found: [ReceivedMail] = []
        var next: String? = first
        var seen = 0
        while let path = next, found.count < limit, seen < Self.scanned {
            let response = try await perform(.get(path), mailbox, deadline)
            let values = try Self.values(response, "messages")
            seen += max(1, values.count)
            found += values.compactMap(ReceivedMail.init).filter(isWanted)
            next = try self.next(Self.object(response, "messages"))
        }
        return Array(found.prefix(limit))
    }

    /// The path of the next page; the link is opaque, but must lead to where the first came from.
    private func next(_ json: JSONValue) throws -> String? {
        guard let link = json["@odata.nextLink"]?.string else { return nil }
        guard link.hasPrefix(settings.graphURL + "/") else {
            throw GraphError(.malformedAnswer, "The next page lies outside of \(settings.graphURL): \(link)")
        }
        return String(link.dropFirst(settings.graphURL.count))
    }

    private func perform(
        _ request: GraphRequest,
        _ mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> HTTPClientResponse {
        let operation = "read mail of \(mailbox)"
        var request = request
        request.prefersText = true
        let response = try await connection.perform(request, mailbox: mailbox, deadline: deadline, operation: operation)
        guard response.status == 200 else { throw GraphError(response, during: operation) }
        return response
    }
}
