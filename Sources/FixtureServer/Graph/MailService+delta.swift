import Cryptography
import HTTPServer
import JSON

/// Changes of a folder's messages: a first round with what is there, then rounds with what came, changed and went.
extension MailService {
    private static let defaultPage = 10

    mutating func delta(_ call: GraphCall, _ mailbox: Mailbox, in folder: MailFolder) throws(GraphFailure)
        -> GraphAnswer
    {
        let token = call.queryField("skiptoken")
        if let token {
            guard let position = deltas[token] else { throw .syncStateNotFound }
            return try page(call, mailbox, position)
        }
        if let token = call.queryField("deltatoken") {
            guard let position = deltas[token], position.sequence >= mailbox.forgottenSequence else {
                throw .syncStateNotFound
            }
            return try page(call, mailbox, Self.round(after: position, mailbox))
        }
        let request = DeltaTokens.Request(
            user: mailbox.address,
            folder: folder.id,
            query: try Self.deltaQuery(call),
            pageSize: call.queryField("top").flatMap { Int($0) } ?? Self.defaultPage
        )
        let query = try ODataQuery(request.query)
        let messages = query.apply(toMessages: mailbox.visible(in: folder.id))
        let pending = Self.wants("created", request) ? messages.map { DeltaTokens.Entry.message($0.key) } : []
        return try page(
            call,
            mailbox,
            DeltaTokens.Position(request: request, sequence: mailbox.sequence, pending: pending)
        )
    }

    /// What the service takes in a delta request (message: delta).
    private static func deltaQuery(_ call: GraphCall) throws(GraphFailure) -> [String: String] {
        let query = call.query
        _ = try ODataQuery(query)
        for (name, value) in query {
            switch name.drop(while: { $0 == "$" }).lowercased() {
            case "search", "skip", "count":
                throw .badRequest("The query parameter '\(name)' is not supported with change tracking.")
            case "filter":
                let words = value.split(separator: " ")
                guard words.count == 3, words[0] == "receivedDateTime", ["ge", "gt"].contains(words[1]) else {
                    throw .badRequest("Change tracking supports only receivedDateTime ge or gt in $filter.")
                }
            case "orderby":
                guard value.lowercased().split(separator: " ") == ["receiveddatetime", "desc"] else {
                    throw .badRequest("Change tracking supports only receivedDateTime desc in $orderby.")
                }
            case "changetype":
                guard ["created", "updated", "deleted"].contains(value.lowercased()) else {
                    throw .badRequest("The value of changeType must be created, updated or deleted.")
                }
            default: break
            }
        }
        return query
    }

    private static func wants(_ change: String, _ request: DeltaTokens.Request) -> Bool {
        let wanted = request.query.first { $0.key.lowercased() == "changetype" }?.value.lowercased()
        return wanted == nil || wanted == change
    }

    /// What has happened in the folder since a position.
    private static func round(after position: DeltaTokens.Position, _ mailbox: Mailbox) -> DeltaTokens.Position {
        let (request, since) = (position.request, position.sequence)
        var pending: [(sequence: Int, entry: DeltaTokens.Entry)] = []
        let filter = try? ODataQuery(request.query).filter
        for message in mailbox.messages
        where message.folder == request.folder && message.changed > since && !message.isInvisible {
            let change = message.arrived > since ? "created" : "updated"
            guard wants(change, request), filter?.matches(message) ?? true else { continue }
            pending.append((message.changed, .message(message.key)))
        }
        for removal in mailbox.removals
        where removal.folder == request.folder && removal.removed > since && removal.arrived <= since {
            guard wants("deleted", request) else { continue }
            pending.append((removal.removed, .removed(id: removal.id, immutableID: removal.immutableID)))
        }
        return DeltaTokens.Position(
            request: request,
            sequence: mailbox.sequence,
            pending: pending.sorted { $0.sequence < $1.sequence }.map(\.entry)
        )
    }

    private mutating func page(
        _ call: GraphCall,
        _ mailbox: Mailbox,
        _ position: DeltaTokens.Position
    ) throws(GraphFailure) -> GraphAnswer {
        let query = try ODataQuery(position.request.query)
        let size = call.preferredPageSize ?? position.request.pageSize
        var value: [JSONValue] = []
        for entry in position.pending.prefix(size) {
            guard let shown = Self.shown(entry, query, call, mailbox, in: position.request.folder) else { continue }
            value.append(.object(shown))
        }
        var next = position
        next.pending = Array(position.pending.dropFirst(size))
        let token = identifiers.make(next.pending.isEmpty ? "R0usmc" : "R0usmd")
        deltas.add(next, as: token)
        let path =
            "\(call.origin)/v1.0/users('\(PercentCoding.encode(mailbox.address))')/mailFolders('"
            + "\(position.request.folder)')/messages/delta"
        let (member, parameter) =
            next.pending.isEmpty ? ("@odata.deltaLink", "deltatoken") : ("@odata.nextLink", "skiptoken")
        return call.answer(
            200,
            [
                "@odata.context": .string("\(call.origin)/v1.0/$metadata#Collection(message)"),
                "value": .array(value),
                member: .string("\(path)?$\(parameter)=\(PercentCoding.encode(token))"),
            ]
        )
    }

    private static func shown(
        _ entry: DeltaTokens.Entry,
        _ query: ODataQuery,
        _ call: GraphCall,
        _ mailbox: Mailbox,
        in folder: String
    ) -> JSONObject? {
        let type: JSONObject = ["@odata.type": "#microsoft.graph.message"]
        switch entry {
        case .message(let key):
            // One that has left meanwhile is told of in the next round.
            guard let message = mailbox.message(key: key), message.folder == folder else { return nil }
            return type.merging(presented(message, query, call))
        case .removed(let id, let immutableID):
            let rest: JSONObject = [
                "id": .string(call.wantsImmutableIDs ? immutableID : id), "@removed": ["reason": "deleted"],
            ]
            return type.merging(rest)
        }
    }
}
