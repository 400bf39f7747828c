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
    /// What a delta token stands for, the oldest first.
    var deltas = DeltaTokens()
    /// Addresses other than its own that a mailbox may send from.
    var sendAs: Set<String> = []
    /// Mails from outside that have not come yet.
    private var arrivals: [(time: Int64, user: String, message: StoredMessage)] = []
    /// What became of every mail to every receiver, the oldest first.
    var traces: [MessageTrace] = []
    /// Milliseconds until that is known.
    var traceDelay: Int64 = 0
    /// What becomes of mail to some receivers, by lower-case address.
    var traceStatuses: [String: String] = [:]

    init(addresses: [String], identifiers: MailIdentifiers = MailIdentifiers()) {
        self.identifiers = identifiers
        for address in addresses { addMailbox(address) }
    }

    mutating func addMailbox(_ address: String) {
        mailboxes[address.lowercased()] = Mailbox(address: address, identifiers: identifiers)
    }

    mutating func settle(now: Int64) {
        for address in mailboxes.keys { mailboxes[address]?.settle(now: now) }
        guard arrivals.contains(where: { $0.time <= now }) else { return }
        for arrival in arrivals where arrival.time <= now { mailboxes[arrival.user]?.insert(arrival.message) }
        arrivals.removeAll { $0.time <= now }
    }

    /// A mail from outside comes to a mailbox at that time.
    mutating func arrive(_ message: StoredMessage, for user: String, at time: Int64) {
        arrivals.append((time, user, message))
    }

    // MARK: Routes

    /// The address of the mailbox a path names, in lower case: by address or by object id.
    func user(_ name: String) throws(GraphFailure) -> String {
        let name = name.lowercased()
        if mailboxes[name] != nil { return name }
        guard let found = mailboxes.first(where: { $0.value.userID == name }) else { throw .unknownUser(name) }
        return found.key
    }

    /// Answers a request to `users/{id}/…`.
    mutating func respond(to call: GraphCall) throws(GraphFailure) -> GraphAnswer {
        switch call.segments.first?.lowercased() {
        case "users" where call.segments.count > 2: break
        case "users": throw .insufficientPrivileges
        case "me": throw .badRequest("/me request is only valid with delegated authentication flow.")
        case "admin": return try messageTraces(call)
        default: throw .segment(call.segments.first ?? "")
        }
        let user = try user(call.segments[1])
        settle(now: call.now)
        // Taken out meanwhile, so that changing it copies nothing.
        guard var mailbox = mailboxes.removeValue(forKey: user) else { throw .unknownUser(user) }
        let result: Result<GraphAnswer, GraphFailure>
        do throws(GraphFailure) {
            result = .success(try route(call, Array(call.segments.dropFirst(2)), &mailbox))
        } catch {
            result = .failure(error)
        }
        mailboxes[user] = mailbox
        deliver(from: user, now: call.now)
        return try result.get()
    }

    private mutating func route(
        _ call: GraphCall,
        _ rest: [String],
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        switch (call.method, rest[0].lowercased()) {
        case ("POST", "sendmail") where rest.count == 1:
            return try sendMail(call, &mailbox)
        case ("POST", "translateexchangeids") where rest.count == 1:
            return try translate(call, mailbox)
        case (_, "mailfolders"):
            return try folders(call, Array(rest.dropFirst()), &mailbox)
        case (_, "messages"):
            return try messages(call, Array(rest.dropFirst()), in: nil, &mailbox)
        default:
            throw .segment(rest[0])
        }
    }

    /// `messages` and everything below it, of the mailbox or of one folder.
    mutating func messages(
        _ call: GraphCall,
        _ rest: [String],
        in folder: MailFolder?,
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        switch (call.method, rest.count, rest.first?.lowercased() ?? "") {
        case ("GET", 0, _):
            return try list(call, mailbox, in: folder)
        case ("GET", 1, "$count"):
            return try count(call, mailbox, in: folder)
        case ("GET", 1, "delta"):
            guard let folder else { throw .segment("delta") }
            return try delta(call, mailbox, in: folder)
        case ("POST", 0, _):
            return try createDraft(call, in: folder, &mailbox)
        case (_, 1..., _):
            return try message(call, rest, &mailbox)
        default:
            throw GraphFailure(status: 405, code: "ErrorMethodNotAllowed", message: "The method is not supported.")
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
            return call.answer(200, try entity(call, mailbox, try mailbox.message(id)))
        case ("GET", 2, "$value"):
            let bytes = MIMEWriter.bytes(of: try mailbox.message(id))
            return GraphAnswer(status: 200, body: .bytes(bytes, contentType: "text/plain"))
        case ("PATCH", 1, _):
            return try change(call, id, &mailbox)
        case ("DELETE", 1, _):
            return try delete(call, id, &mailbox)
        case (_, 2..., "attachments"):
            return try attachments(call, message: id, Array(rest.dropFirst(2)), &mailbox)
        case ("POST", 2, _):
            return try act(call, rest[1].lowercased(), on: id, &mailbox)
        default:
            throw .segment(rest.last ?? "")
        }
    }

    private mutating func act(
        _ call: GraphCall,
        _ action: String,
        on id: String,
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        switch action {
        case "send":
            // The service insists on a length although there is no body.
            guard call.headers["Content-Length"] != nil else {
                throw GraphFailure(status: 411, code: "LengthRequired", message: "Content-Length is required.")
            }
            _ = try mailbox.send(id, now: call.now, behaviour, sendAs: sendAs)
            return .accepted
        case "move", "copy":
            return try relocate(call, id, keepsOriginal: action == "copy", &mailbox)
        case "permanentdelete":
            try mailbox.remove(id)
            return .noContent
        case "createreply", "createreplyall", "createforward":
            let reply = try answering(call, ReplyKind(action.dropFirst("create".count)), to: id, &mailbox)
            return try created(call, mailbox, reply)
        case "reply", "replyall", "forward":
            let reply = try answering(call, ReplyKind(action[...]), to: id, &mailbox)
            return try submit(reply, call, &mailbox)
        default:
            throw .segment(action)
        }
    }
}
