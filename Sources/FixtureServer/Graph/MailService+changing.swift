import HTTPServer
import JSON

extension MailService {
    /// A version that is not the present one must not be changed (`If-Match`).
    private func checkVersion(_ call: GraphCall, _ message: StoredMessage) throws(GraphFailure) {
        guard let wanted = call.headers["If-Match"], wanted != "*" else { return }
        guard wanted == "W/\"\(message.changeKey)\"" else { throw .changedMeanwhile }
    }

    func change(_ call: GraphCall, _ id: String, _ mailbox: inout Mailbox) throws(GraphFailure) -> GraphAnswer {
        let json = try call.json()
        try checkVersion(call, try mailbox.message(id))
        let changed = try mailbox.update(id, now: call.now) { message throws(GraphFailure) in
            if message.isDraft { try message.update(from: json) } else { try message.mark(from: message.checked(json)) }
        }
        return call.answer(200, try entity(call, mailbox, changed))
    }

    /// Deleting is soft: the message goes where people do not see it, and from there nowhere.
    func delete(_ call: GraphCall, _ id: String, _ mailbox: inout Mailbox) throws(GraphFailure) -> GraphAnswer {
        let message = try mailbox.message(id)
        try checkVersion(call, message)
        let recoverable = mailbox.id(of: .recoverableitemsdeletions)
        guard message.folder != recoverable else {
            throw GraphFailure(status: 403, code: "ErrorCannotDeleteObject", message: "Object cannot be deleted.")
        }
        try mailbox.move(id, to: recoverable, now: call.now)
        return .noContent
    }

    /// `move` and `copy`.
    func relocate(
        _ call: GraphCall,
        _ id: String,
        keepsOriginal: Bool,
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        guard let destination = try call.json().parameter("destinationId")?.string else {
            throw .badRequest("The parameter 'DestinationId' is missing.", code: "ErrorInvalidParameter")
        }
        let folder = try mailbox.folder(destination)
        _ = try mailbox.message(id)
        let message =
            keepsOriginal
            ? try mailbox.copy(id, to: folder.id, now: call.now) : try mailbox.move(id, to: folder.id, now: call.now)
        return try created(call, mailbox, message)
    }

    /// 201 with the message and where it is.
    func created(_ call: GraphCall, _ mailbox: Mailbox, _ message: StoredMessage) throws(GraphFailure) -> GraphAnswer {
        let body = try entity(call, mailbox, message)
        let id = body["id"]?.string ?? message.id
        var answer = call.answer(201, body)
        answer.headers.append(("Location", "\(call.origin)/v1.0/users('\(mailbox.address)')/messages('\(id)')"))
        return answer
    }

    /// Ids of one kind as ids of the other.
    func translate(_ call: GraphCall, _ mailbox: Mailbox) throws(GraphFailure) -> GraphAnswer {
        let json = try call.json()
        guard let ids = json.parameter("inputIds")?.array?.compactMap(\.string), ids.count <= 1000,
            let target = json.parameter("targetIdType")?.string
        else {
            throw .badRequest("The parameter 'InputIds' or 'TargetIdType' is missing.", code: "ErrorInvalidParameter")
        }
        var results: [JSONValue] = []
        for id in ids {
            let message = try mailbox.message(id)
            let isImmutable = target.lowercased() == "restimmutableentryid"
            results.append([
                "sourceId": .string(id), "targetId": .string(isImmutable ? message.immutableID : message.id),
            ])
        }
        let context = "\(call.origin)/v1.0/$metadata#Collection(microsoft.graph.convertIdResult)"
        return GraphAnswer(
            status: 200,
            body: .json(["@odata.context": .string(context), "value": .array(results)])
        )
    }
}
