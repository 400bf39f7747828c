import HTTPServer
import JSON

extension MailService {
    private static let hidden = ["singleValueExtendedProperties", "internetMessageHeaders"]

    /// One message with its context, as `GET`, `POST` and `PATCH` answer it.
    func entity(_ call: GraphCall, _ mailbox: Mailbox, _ message: StoredMessage) throws(GraphFailure) -> JSONObject {
        let query = try ODataQuery(call.query)
        let context = "\(Self.context(call, mailbox))/messages\(Self.suffix(query))/$entity"
        return Self.presented(
            (["@odata.context": .string(context)] as JSONObject).merging(json(call, mailbox, message)),
            query,
            message
        )
    }

    /// A page of messages.
    func list(_ call: GraphCall, _ mailbox: Mailbox, in folder: MailFolder?) throws(GraphFailure) -> GraphAnswer {
        let query = try ODataQuery(call.query)
        let messages = mailbox.visible.filter { folder == nil || $0.folder == folder }
        let byID = Dictionary(uniqueKeysWithValues: messages.map { ($0.changeKey, $0) })
        let wanted = query.apply(to: messages.map { json(call, mailbox, $0) })
        let page = wanted.dropFirst(query.skip).prefix(query.top).map { object -> JSONValue in
            let message = object["changeKey"]?.string.flatMap { byID[$0] }
            return .object(message.map { Self.presented(object, query, $0) } ?? object)
        }
        var answer: JSONObject = [
            "@odata.context": .string("\(Self.context(call, mailbox))/messages\(Self.suffix(query))")
        ]
        if query.wantsCount { answer["@odata.count"] = .integer(Int64(wanted.count)) }
        answer["value"] = .array(page)
        if wanted.count > query.skip + query.top {
            answer["@odata.nextLink"] = .string(Self.nextLink(call, skip: query.skip + query.top))
        }
        return GraphAnswer(status: 200, body: .json(answer))
    }

    /// How many messages there are, as text.
    func count(_ call: GraphCall, _ mailbox: Mailbox, in folder: MailFolder?) throws(GraphFailure) -> GraphAnswer {
        let query = try ODataQuery(call.query)
        let messages = mailbox.visible.filter { folder == nil || $0.folder == folder }
        return GraphAnswer(
            status: 200,
            body: .text(String(query.apply(to: messages.map { json(call, mailbox, $0) }).count))
        )
    }

    /// The folders of a mailbox.
    func folders(_ call: GraphCall, _ mailbox: Mailbox) -> GraphAnswer {
        let value = MailFolder.allCases.map { JSONValue.object(Self.json($0, mailbox)) }
        let context = "\(Self.context(call, mailbox))/mailFolders"
        return GraphAnswer(status: 200, body: .json(["@odata.context": .string(context), "value": .array(value)]))
    }

    /// One folder.
    func folder(_ call: GraphCall, _ mailbox: Mailbox, _ folder: MailFolder) -> GraphAnswer {
        let select = call.query["$select"]?.split(separator: ",").map(String.init) ?? []
        let suffix = select.isEmpty ? "" : "(\(select.joined(separator: ",")))"
        var json: JSONObject = [
            "@odata.context": .string("\(Self.context(call, mailbox))/mailFolders\(suffix)/$entity")
        ]
        for (key, value) in Self.json(folder, mailbox) where select.isEmpty || key == "id" || select.contains(key) {
            json[key] = value
        }
        return GraphAnswer(status: 200, body: .json(json))
    }

    private static func json(_ folder: MailFolder, _ mailbox: Mailbox) -> JSONObject {
        let messages = mailbox.visible.filter { $0.folder == folder }
        let size = messages.reduce(0) { $0 + $1.attachments.reduce($1.body.content.utf8.count) { $0 + $1.bytes.count } }
        return [
            "id": .string(mailbox.folderID(folder)),
            "displayName": .string(folder.displayName),
            "parentFolderId": .string("AQMkADAwAAACAQgAAAA="),
            "childFolderCount": 0,
            "unreadItemCount": .integer(Int64(messages.count { !$0.isRead })),
            "totalItemCount": .integer(Int64(messages.count)),
            // Not declared in the service's metadata, but sent.
            "sizeInBytes": .integer(Int64(size)),
            "isHidden": false,
        ]
    }

    private func json(_ call: GraphCall, _ mailbox: Mailbox, _ message: StoredMessage) -> JSONObject {
        var json = message.json(immutableIDs: call.wantsImmutableIDs)
        json["parentFolderId"] = .string(mailbox.folderID(message.folder))
        return json
    }

    /// Without what nobody asked for, with what was asked to be expanded.
    private static func presented(_ object: JSONObject, _ query: ODataQuery, _ message: StoredMessage) -> JSONObject {
        var shown = object
        for key in hidden where !query.select.contains(key) { shown[key] = nil }
        shown = query.project(shown)
        guard let expand = query.expand else { return shown }
        if expand.contains("singleValueExtendedProperties") {
            shown["singleValueExtendedProperties"] = .array(
                message.extendedProperties.filter { expand.lowercased().contains("'\($0.key.lowercased())'") }
                    .map { ["id": .string($0.key), "value": .string($0.value)] }
            )
        }
        if expand.contains("attachments") {
            shown["attachments"] = .array(message.attachments.map { .object($0.json(withContent: true)) })
        }
        return shown
    }

    private static func context(_ call: GraphCall, _ mailbox: Mailbox) -> String {
        "\(call.origin)/v1.0/$metadata#users('\(PercentCoding.encode(mailbox.address))')"
    }

    private static func suffix(_ query: ODataQuery) -> String {
        query.select.isEmpty ? "" : "(\(query.select.joined(separator: ",")))"
    }

    private static func nextLink(_ call: GraphCall, skip: Int) -> String {
        let kept = call.query.filter { $0.key.drop { $0 == "$" }.lowercased() != "skip" }.sorted { $0.key < $1.key }
        let fields = kept.map { "\(PercentCoding.encode($0.key))=\(PercentCoding.encode($0.value))" }
        return "\(call.origin)\(call.path)?" + (fields + ["%24skip=\(skip)"]).joined(separator: "&")
    }
}
