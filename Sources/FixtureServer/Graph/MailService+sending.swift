import Cryptography
import HTTPServer
import JSON

extension MailService {
    private static let traceLimit = 10_000
    /// Traces of a page, unless `$top` says.
    private static let tracePage = 1000

    mutating func createDraft(
        _ call: GraphCall,
        in folder: MailFolder?,
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        let draft: StoredMessage
        if let mime = try call.mime() {
            let parsed = try MIMEMessage.read(mime)
            draft = try mailbox.makeDraft(now: call.now, in: folder?.id) { message throws(GraphFailure) in
                message.take(parsed, identifiers, now: call.now)
            }
        } else {
            let json = try call.json()
            let attachments = try inlineAttachments(json, now: call.now)
            draft = try mailbox.makeDraft(now: call.now, in: folder?.id) { message throws(GraphFailure) in
                try message.update(from: json)
                message.attachments = attachments
            }
        }
        return try created(call, mailbox, draft)
    }

    mutating func sendMail(_ call: GraphCall, _ mailbox: inout Mailbox) throws(GraphFailure) -> GraphAnswer {
        if let mime = try call.mime() {
            let parsed = try MIMEMessage.read(mime)
            let draft = try mailbox.makeDraft(now: call.now) { draft throws(GraphFailure) in
                draft.take(parsed, identifiers, now: call.now)
            }
            return try submit(draft, call, &mailbox)
        }
        let json = try call.json()
        guard let message = json.parameter("message")?.object else {
            throw .badRequest("The parameter 'Message' is missing.", code: "ErrorInvalidParameter")
        }
        let attachments = try inlineAttachments(message, now: call.now)
        let draft = try mailbox.makeDraft(now: call.now) { draft throws(GraphFailure) in
            try draft.update(from: message)
            draft.attachments = attachments
        }
        let saves = json.parameter("saveToSentItems")
        return try submit(
            draft,
            call,
            &mailbox,
            keepsCopy: saves?.bool != false && saves?.string?.lowercased() != "false"
        )
    }

    /// Sends a draft that the client has not seen; when that is refused nothing stays.
    mutating func submit(
        _ draft: StoredMessage,
        _ call: GraphCall,
        _ mailbox: inout Mailbox,
        keepsCopy: Bool = true
    ) throws(GraphFailure) -> GraphAnswer {
        do throws(GraphFailure) {
            let sent = try mailbox.send(draft.id, now: call.now, behaviour, sendAs: sendAs)
            if !keepsCopy { mailbox.remove(key: sent.key) }
        } catch {
            try? mailbox.remove(draft.id)
            throw error
        }
        return .accepted
    }

    // MARK: Delivery

    /// Brings what has left a mailbox to those recipients who have one here, and says so where nobody does.
    mutating func deliver(from user: String, now: Int64) {
        guard let submitted = mailboxes[user]?.submitted, !submitted.isEmpty else { return }
        mailboxes[user]?.submitted = []
        for message in submitted {
            var unknown: [String] = []
            for recipient in message.to + message.cc + message.bcc {
                let address = recipient.address.lowercased()
                let isOurs = mailboxes.keys.contains {
                    $0.split(separator: "@").last == address.split(separator: "@").last
                }
                let isKnown = mailboxes[address] != nil
                mailboxes[address]?.deliver(message, now: now)
                if isOurs, !isKnown { unknown.append(recipient.address) }
                let status = traceStatuses[address] ?? (isOurs && !isKnown ? "failed" : "delivered")
                trace(message, to: recipient.address, status, now: now)
            }
            if !unknown.isEmpty { mailboxes[user]?.bounce(message, unknown, now: now) }
        }
    }

    private mutating func trace(_ message: StoredMessage, to recipient: String, _ status: String, now: Int64) {
        if traces.count == Self.traceLimit { traces.removeFirst(Self.traceLimit / 2) }
        traces.append(
            MessageTrace(
                id: Hex.encode(identifiers.random(16)),
                messageID: message.internetMessageID,
                sender: message.from?.address ?? "",
                recipient: recipient,
                subject: message.subject,
                status: status,
                known: now + traceDelay,
                size: message.size,
                received: now
            )
        )
    }

    /// `admin/exchange/tracing/messageTraces`
    func messageTraces(_ call: GraphCall) throws(GraphFailure) -> GraphAnswer {
        let names = call.segments.map { $0.lowercased() }
        guard call.method == "GET", names == ["admin", "exchange", "tracing", "messagetraces"] else {
            throw .segment(call.segments.last ?? "")
        }
        let query = try ODataQuery(call.query, checksProperties: false)
        let top = call.queryField("top") == nil ? Self.tracePage : query.top
        let found = query.apply(to: traces.map { $0.json(now: call.now) })
        let start = min(call.queryField("skiptoken").flatMap { Int($0) } ?? 0, found.count)
        let page = found[start..<min(start + top, found.count)]
        let context = "\(call.origin)/v1.0/$metadata#admin/exchange/tracing/messageTraces"
        var json: JSONObject = ["@odata.context": .string(context), "value": .array(page.map { .object($0) })]
        if page.endIndex < found.count {
            json["@odata.nextLink"] = .string(call.link(with: ["$skiptoken": String(page.endIndex)]))
        }
        return call.answer(200, json)
    }

    // MARK: Attachments of a message that comes whole

    private func inlineAttachments(_ json: JSONObject, now: Int64) throws(GraphFailure) -> [StoredAttachment] {
        var attachments: [StoredAttachment] = []
        for item in json["attachments"]?.array ?? [] {
            attachments.append(try attachment(item, now: now))
        }
        return attachments
    }

    func attachment(_ json: JSONValue, now: Int64) throws(GraphFailure) -> StoredAttachment {
        switch json["@odata.type"]?.string {
        case "#microsoft.graph.fileAttachment": break
        case "#microsoft.graph.itemAttachment": return try item(json, now: now)
        default: throw .badRequest("The type of the attachment is missing or not supported.")
        }
        guard let name = json["name"]?.string, let content = json["contentBytes"]?.string else {
            throw .badRequest("The attachment has no name or no contentBytes.", code: "ErrorInvalidRequest")
        }
        guard let bytes = try? Base64.decode(content) else {
            throw .badRequest("Cannot convert the literal '\(name)' to the expected type 'Edm.Binary'.")
        }
        return StoredAttachment(
            id: identifiers.make(MailIdentifiers.attachmentPrefix),
            name: name,
            contentType: json["contentType"]?.string ?? "application/octet-stream",
            bytes: bytes,
            isInline: json["isInline"]?.bool ?? false,
            contentID: json["contentId"]?.string,
            modified: now
        )
    }

    /// A message within a message; events and contacts are not kept here.
    private func item(_ json: JSONValue, now: Int64) throws(GraphFailure) -> StoredAttachment {
        guard let name = json["name"]?.string, var item = json["item"]?.object,
            item["@odata.type"]?.string == "#microsoft.graph.message"
        else {
            throw .badRequest("The attachment has no name, or no message as its item.", code: "ErrorInvalidRequest")
        }
        item["attachments"] = nil
        var message = Mailbox(address: "", identifiers: identifiers).blank(now: now, in: "")
        try message.update(from: item)
        return StoredAttachment(
            id: identifiers.make(MailIdentifiers.attachmentPrefix),
            name: name,
            contentType: "message/rfc822",
            bytes: MIMEWriter.bytes(of: message),
            isInline: json["isInline"]?.bool ?? false,
            isItem: true,
            modified: now
        )
    }
}
