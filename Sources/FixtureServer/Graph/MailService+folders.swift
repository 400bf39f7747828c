import JSON

extension MailService {
    /// `mailFolders` and everything below it.
    mutating func folders(
        _ call: GraphCall,
        _ rest: [String],
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        guard let first = rest.first else {
            return try children(call, of: mailbox.folder(WellKnownFolder.msgfolderroot.rawValue), &mailbox)
        }
        if rest.count == 1, first.lowercased() == "delta", call.method == "GET" { return folderDelta(call, mailbox) }
        let folder = try mailbox.folder(first)
        switch (call.method, rest.count, rest.count > 1 ? rest[1].lowercased() : "") {
        case ("GET", 1, _):
            return call.answer(200, Self.entity(call, mailbox, folder))
        case ("PATCH", 1, _):
            guard let name = try call.json()["displayName"]?.string else {
                throw .badRequest("The property 'displayName' is missing.", code: "ErrorInvalidRequest")
            }
            return call.answer(200, Self.entity(call, mailbox, try mailbox.renameFolder(folder.id, to: name)))
        case ("DELETE", 1, _):
            try mailbox.deleteFolder(folder.id, now: call.now)
            return .noContent
        case ("POST", 2, "move"):
            guard let destination = try call.json().parameter("destinationId")?.string else {
                throw .badRequest("The parameter 'DestinationId' is missing.", code: "ErrorInvalidParameter")
            }
            let moved = try mailbox.moveFolder(folder.id, to: try mailbox.folder(destination).id)
            return call.answer(201, Self.entity(call, mailbox, moved))
        case (_, 2, "childfolders"):
            return try children(call, of: folder, &mailbox)
        case (_, 3, "childfolders"):
            return call.answer(200, Self.entity(call, mailbox, try mailbox.folder(rest[2])))
        case (_, 2..., "messages"):
            return try messages(call, Array(rest.dropFirst(2)), in: folder, &mailbox)
        default:
            throw .segment(rest.last ?? "")
        }
    }

    /// The folders below one: listed or made.
    private func children(
        _ call: GraphCall,
        of parent: MailFolder,
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        if call.method == "POST" {
            let json = try call.json()
            let name = json["displayName"]?.string ?? ""
            let made = try mailbox.makeFolder(named: name, in: parent.id, isHidden: json["isHidden"]?.bool ?? false)
            return call.answer(201, Self.entity(call, mailbox, made))
        }
        let query = try ODataQuery(call.query, checksProperties: false)
        let showsHidden =
            call.query.first { $0.key.lowercased() == "includehiddenfolders" }?.value.lowercased() == "true"
        let all = mailbox.children(of: parent.id).filter { showsHidden || !$0.isHidden }
        let wanted = query.apply(to: all.map { Self.json($0, mailbox) })
        var answer: JSONObject = ["@odata.context": .string("\(Self.context(call, mailbox))/mailFolders")]
        if query.wantsCount { answer["@odata.count"] = .integer(Int64(wanted.count)) }
        answer["value"] = .array(wanted.dropFirst(query.skip).prefix(query.top).map { .object(query.project($0)) })
        if wanted.count > query.skip + query.top {
            answer["@odata.nextLink"] = .string(call.link(with: ["$skip": String(query.skip + query.top)]))
        }
        return call.answer(200, answer)
    }

    private static func entity(_ call: GraphCall, _ mailbox: Mailbox, _ folder: MailFolder) -> JSONObject {
        let select = call.query["$select"]?.split(separator: ",").map(String.init) ?? []
        let suffix = select.isEmpty ? "" : "(\(select.joined(separator: ",")))"
        var shown: JSONObject = [
            "@odata.context": .string("\(Self.context(call, mailbox))/mailFolders\(suffix)/$entity")
        ]
        for (key, value) in json(folder, mailbox) where select.isEmpty || key == "id" || select.contains(key) {
            shown[key] = value
        }
        return shown
    }

    static func json(_ folder: MailFolder, _ mailbox: Mailbox) -> JSONObject {
        let messages = mailbox.visible(in: folder.id)
        return [
            "id": .string(folder.id),
            "displayName": .string(folder.displayName),
            "parentFolderId": .string(folder.parent),
            "childFolderCount": .integer(Int64(mailbox.children(of: folder.id).count)),
            "unreadItemCount": .integer(Int64(messages.count { !$0.isRead })),
            "totalItemCount": .integer(Int64(messages.count)),
            // Not declared in the service's metadata, but sent.
            "sizeInBytes": .integer(Int64(messages.reduce(0) { $0 + $1.size })),
            "isHidden": .bool(folder.isHidden),
        ]
    }

    /// All folders, as the first round of their changes; later ones are not kept and come whole again.
    private func folderDelta(_ call: GraphCall, _ mailbox: Mailbox) -> GraphAnswer {
        let value = mailbox.folders.filter { $0.wellKnown?.isListed != false }.map { folder in
            JSONValue.object(
                (["@odata.type": "#microsoft.graph.mailFolder"] as JSONObject).merging(Self.json(folder, mailbox))
            )
        }
        return call.answer(
            200,
            [
                "@odata.context": .string("\(call.origin)/v1.0/$metadata#Collection(mailFolder)"),
                "value": .array(value),
                "@odata.deltaLink": .string("\(call.origin)\(call.path)?$deltatoken=\(identifiers.make("fd"))"),
            ]
        )
    }
}
