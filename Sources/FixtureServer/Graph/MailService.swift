import Cryptography
import HTTPServer
import JSON

/// Mail of Microsoft Graph v1.0 over mailboxes in memory: what each request does and answers.
///
/// Pure: time comes with the call, nothing waits. Sources: Microsoft Graph REST reference v1.0 (message, attachment,
/// mailFolder), recorded answers in fixtures/graph.
struct MailService: Sendable {
    let identifiers: MailIdentifiers
    var behaviour = Mailbox.Behaviour()
    /// By lower-case address.
    var mailboxes: [String: Mailbox] = [:]
    var uploads: [String: UploadSession] = [:]

    /// Messages that were brought to their receivers, by `internetMessageId`.
    var delivered: Set<String> = []

    init(addresses: [String], identifiers: MailIdentifiers = MailIdentifiers()) {
        self.identifiers = identifiers
        for address in addresses { addMailbox(address) }
    }

    mutating func addMailbox(_ address: String) {
        mailboxes[address.lowercased()] = Mailbox(address: address, identifiers: identifiers)
    }

    mutating func settle(now: Int64) {
        for address in mailboxes.keys { mailboxes[address]?.settle(now: now) }
    }

    // MARK: Routes

    /// Answers a request to `users/{id}/…`.
    mutating func respond(to call: GraphCall) throws(GraphFailure) -> GraphAnswer {
        guard call.segments.first == "users", call.segments.count > 2 else {
            if call.segments.first == "me" {
                throw .badRequest("/me request is only valid with delegated authentication flow.")
            }
            throw GraphFailure(status: 400, code: "BadRequest", message: "Resource not found for the segment.")
        }
        let user = call.segments[1].lowercased()
        settle(now: call.now)
        guard var mailbox = mailboxes[user] else { throw .unknownUser(call.segments[1]) }
        let answer = try route(call, Array(call.segments.dropFirst(2)), &mailbox)
        mailboxes[user] = mailbox
        deliver(from: user, now: call.now)
        return answer
    }

    private mutating func route(
        _ call: GraphCall,
        _ rest: [String],
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        switch (call.method, rest.count, rest[0].lowercased()) {
        case ("POST", 1, "sendmail"):
            return try sendMail(call, &mailbox)
        case ("GET", 1, "mailfolders"):
            return folders(call, mailbox)
        case ("GET", 2, "mailfolders"):
            return folder(call, mailbox, try mailbox.folder(rest[1]))
        case ("GET", 3..., "mailfolders") where rest[2].lowercased() == "messages":
            let folder = try mailbox.folder(rest[1])
            if rest.count == 3 { return try list(call, mailbox, in: folder) }
            if rest[3] == "$count" { return try count(call, mailbox, in: folder) }
            return try message(call, Array(rest.dropFirst(3)), &mailbox)
        case ("GET", 1, "messages"):
            return try list(call, mailbox, in: nil)
        case ("GET", 2, "messages") where rest[1] == "$count":
            return try count(call, mailbox, in: nil)
        case ("POST", 1, "messages"):
            return try createDraft(call, &mailbox)
        case (_, 2..., "messages"):
            return try message(call, Array(rest.dropFirst()), &mailbox)
        default:
            throw .badRequest("Resource not found for the segment '\(rest[0])'.")
        }
    }

    private mutating func message(
        _ call: GraphCall,
        _ rest: [String],
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        let id = rest[0]
        switch (call.method, rest.count, rest.count > 1 ? rest[1].lowercased() : "") {
        case ("GET", 1, _):
            return GraphAnswer(status: 200, body: .json(try entity(call, mailbox, try mailbox.message(id))))
        case ("PATCH", 1, _):
            let json = try call.json()
            let changed = try mailbox.update(id, now: call.now) { message throws(GraphFailure) in
                if let isRead = json["isRead"]?.bool { message.isRead = isRead }
                if message.isDraft { try message.update(from: json) }
            }
            return GraphAnswer(status: 200, body: .json(try entity(call, mailbox, changed)))
        case ("DELETE", 1, _):
            try mailbox.delete(id)
            return .noContent
        case ("POST", 2, "send"):
            // The service insists on a length although there is no body.
            guard call.headers["Content-Length"] != nil else {
                throw GraphFailure(status: 411, code: "LengthRequired", message: "Content-Length is required.")
            }
            _ = try mailbox.send(id, now: call.now, behaviour)
            return .accepted
        case (_, 2..., "attachments"):
            return try attachments(call, message: id, Array(rest.dropFirst(2)), &mailbox)
        default:
            throw .badRequest("Resource not found for the segment '\(rest.last ?? "")'.")
        }
    }
}
