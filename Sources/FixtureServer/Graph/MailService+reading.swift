import Cryptography
import HTTPServer
import JSON

extension MailService {
    /// One message with its context, as `GET`, `POST` and `PATCH` answer it.
    func entity(_ call: GraphCall, _ mailbox: Mailbox, _ message: StoredMessage) throws(GraphFailure) -> JSONObject {
        let query = try ODataQuery(call.method == "GET" || call.method == "PATCH" ? call.query : [:])
        let context = "\(Self.context(call, mailbox))/messages\(query.contextSuffix)/$entity"
        return (["@odata.context": .string(context)] as JSONObject).merging(Self.presented(message, query, call))
    }

    /// A page of messages.
    func list(_ call: GraphCall, _ mailbox: Mailbox, in folder: MailFolder?) throws(GraphFailure) -> GraphAnswer {
        let query = try ODataQuery(call.query)
        let wanted = query.apply(toMessages: folder.map { mailbox.visible(in: $0.id) } ?? mailbox.visible)
        let page = wanted.dropFirst(query.skip).prefix(query.top)
        var answer: JSONObject = [
            "@odata.context": .string("\(Self.context(call, mailbox, folder))/messages\(query.contextSuffix)")
        ]
        if query.wantsCount { answer["@odata.count"] = .integer(Int64(wanted.count)) }
        answer["value"] = .array(page.map { .object(Self.presented($0, query, call)) })
        if wanted.count > query.skip + query.top {
            answer["@odata.nextLink"] = .string(call.link(with: ["$skip": String(query.skip + query.top)]))
        }
        return call.answer(200, answer)
    }

    /// How many messages there are, as text.
    func count(_ call: GraphCall, _ mailbox: Mailbox, in folder: MailFolder?) throws(GraphFailure) -> GraphAnswer {
        let query = try ODataQuery(call.query)
        let messages = folder.map { mailbox.visible(in: $0.id) } ?? mailbox.visible
        return GraphAnswer(status: 200, body: .text(String(query.apply(toMessages: messages).count)))
    }

    /// The message with what was selected and expanded, in the form the client prefers.
    static func presented(_ message: StoredMessage, _ query: ODataQuery, _ call: GraphCall) -> JSONObject {
        var message = message
        if call.prefersText, message.body.contentType == "html" {
            message.body = StoredMessage.Body(contentType: "text", content: HTMLText.plain(message.body.content))
        }
        var shown = message.json(query.select, immutableIDs: call.wantsImmutableIDs)
        if let options = query.expand.items["singleValueExtendedProperties"] {
            // Only those that are asked for by id ever come, and the member is missing when there is none.
            let filter = options["filter"]?.lowercased() ?? ""
            let found = message.extendedProperties.filter { filter.contains("'\($0.key.lowercased())'") }
            if !found.isEmpty {
                shown["singleValueExtendedProperties"] = .array(
                    found.sorted { $0.key < $1.key }.map { ["id": .string($0.key), "value": .string($0.value)] }
                )
            }
        }
        if let options = query.expand.items["attachments"] {
            let members = options["select"]?.split(separator: ",").map { String($0.filter { $0 != " " }) } ?? []
            shown["attachments"] = .array(message.attachments.map { .object($0.json(selecting: members)) })
        }
        if call.seesBasicsOnly { for name in StoredMessage.contentMembers { shown[name] = nil } }
        return shown
    }

    /// `…/v1.0/$metadata#users('buero%40kanzlei.example')`, with the folder when there is one.
    static func context(_ call: GraphCall, _ mailbox: Mailbox, _ folder: MailFolder? = nil) -> String {
        let user = "\(call.origin)/v1.0/$metadata#users('\(PercentCoding.encode(mailbox.address))')"
        return folder.map { "\(user)/mailFolders('\(PercentCoding.encode($0.id))')" } ?? user
    }
}

extension StoredAttachment {
    /// The attachment with these members, or all; id and what begins with `@` always come along.
    func json(selecting members: [String]) -> JSONObject {
        let all = json(withContent: members.isEmpty || members.contains("contentBytes"))
        guard !members.isEmpty else { return all }
        var selected = JSONObject()
        for (key, value) in all where key.hasPrefix("@") || key == "id" || members.contains(key) {
            selected[key] = value
        }
        return selected
    }
}
