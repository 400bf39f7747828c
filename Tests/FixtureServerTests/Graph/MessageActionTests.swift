import Cryptography
import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct MessageActionTests {
    private static func first(_ desk: GraphDesk, _ folder: String, of user: String = GraphDesk.mailbox) async throws
        -> JSONValue
    {
        let answer = try await desk.send("GET", "\(user)/mailFolders/\(folder)/messages?$top=1")
        return try #require(answer.json["value"]?[0])
    }

    private static func addresses(_ value: JSONValue?) -> [String] {
        value?.array?.compactMap { $0["emailAddress"]?["address"]?.string } ?? []
    }

    @Test func `a message that moves gets a new id, the immutable one stays, a copy has both new`() async throws {
        try await GraphDesk.run { desk in
            let immutable: HTTPFields = ["Prefer": "IdType=\"ImmutableId\""]
            let draft = try await desk.draft("wanders", headers: immutable)
            #expect(draft.headers["Preference-Applied"] == "IdType=\"ImmutableId\"")
            let path = "\(GraphDesk.mailbox)/messages"
            let moved = try await desk.send("POST", "\(path)/\(draft.id)/move", #"{"destinationId":"Archive"}"#)
            #expect(moved.status == 201)
            let again = try await desk.send("GET", "\(path)/\(draft.id)", headers: immutable)
            #expect(again.id == draft.id)
            #expect(again.json["parentFolderId"] == moved.json["parentFolderId"])
            let copied = try await desk.send("POST", "\(path)/\(moved.id)/copy", #"{"DestinationId":"inbox"}"#)
            #expect(copied.status == 201)
            #expect(copied.id != moved.id)
            #expect(try await desk.send("GET", path + "?$count=true&$top=1").json["@odata.count"] == 2)
            let ids = #"{"inputIds":["\#(draft.id)"],"sourceIdType":"restImmutableEntryId","targetIdType":"restId"}"#
            let translated = try await desk.send("POST", "\(GraphDesk.mailbox)/translateExchangeIds", ids)
            #expect(translated.json["value"]?[0]?["targetId"]?.string == moved.id)
            let nowhere = try await desk.send("POST", "\(path)/\(moved.id)/move", #"{"destinationId":"nowhere"}"#)
            #expect(nowhere.code == "ErrorInvalidIdMalformed")
        }
    }

    @Test func `deleting is soft: out of every list, still under its immutable id, and not deletable again`()
        async throws
    {
        try await GraphDesk.run { desk in
            let draft = try await desk.draft("goes", headers: ["Prefer": "IdType=\"ImmutableId\""])
            let path = "\(GraphDesk.mailbox)/messages/\(draft.id)"
            let stale = try await desk.send("DELETE", path, headers: ["If-Match": "W/\"other\""])
            #expect(stale.status == 412)
            #expect(try await desk.send("DELETE", path).status == 204)
            #expect(try await desk.send("GET", "\(GraphDesk.mailbox)/messages").json["value"]?.array?.isEmpty == true)
            let deleted = try await Self.first(desk, "recoverableitemsdeletions")
            #expect(deleted["subject"] == "goes")
            #expect(try await desk.send("DELETE", path).code == "ErrorCannotDeleteObject")
            #expect(try await desk.send("POST", path + "/permanentDelete").status == 204)
            #expect(try await desk.send("GET", path).code == "ErrorItemNotFound")
        }
    }

    @Test func `marks may be changed on every message, content only on drafts`() async throws {
        try await GraphDesk.run { desk in
            try await desk.sent("fixed")
            let id = try #require(try await Self.first(desk, "sentitems")["id"]?.string)
            let marks = #""isRead":false,"categories":["Rot"],"flag":{"flagStatus":"flagged"},"importance":"High""#
            let change = #"{"subject":"other",\#(marks)}"#
            let answer = try await desk.send("PATCH", "\(GraphDesk.mailbox)/messages/\(id)", change)
            #expect(answer.status == 200)
            #expect(answer.json["subject"] == "fixed")
            #expect(answer.json["isRead"] == false)
            #expect(answer.json["categories"] == ["Rot"])
            #expect(answer.json["flag"]?["flagStatus"] == "flagged")
            #expect(answer.json["importance"] == "high")
            let wrong = try await desk.send("PATCH", "\(GraphDesk.mailbox)/messages/\(id)", #"{"isread":true}"#)
            #expect(wrong.code == "RequestBodyRead")
        }
    }

    @Test func `replies go to who wrote, to all, or on, in the conversation and with what was quoted`() async throws {
        try await GraphDesk.run { desk in
            let to = GraphDesk.people("anna@kunde.example", "ben@else.example")
            let body =
                #""body":{"contentType":"text","content":"Wann?"},"attachments":[\#(GraphDesk.attachment("a.txt"))]"#
            let cc = GraphDesk.people("c@else.example")
            let mail = #"{"message":{"subject":"Frage","toRecipients":\#(to),"ccRecipients":\#(cc),\#(body)}}"#
            #expect(try await desk.send("POST", GraphDesk.mailbox + "/sendMail", mail).status == 202)
            let original = try await Self.first(desk, "inbox", of: GraphDesk.receiver)
            let path = "\(GraphDesk.receiver)/messages/\(original["id"]?.string ?? "")"

            let reply = try await desk.send("POST", path + "/createReply", #"{"Comment":"Morgen <früh>"}"#)
            #expect(reply.status == 201)
            #expect(reply.json["subject"] == "RE: Frage")
            #expect(reply.json["isDraft"] == true)
            #expect(Self.addresses(reply.json["toRecipients"]) == ["buero@kanzlei.example"])
            #expect(reply.json["conversationId"] == original["conversationId"])
            let quoted = reply.json["body"]?["content"]?.string ?? ""
            #expect(quoted.contains("Morgen &lt;früh&gt;") && quoted.contains("Wann?"))
            #expect(reply.json["hasAttachments"] == false)

            let all = try await desk.send("POST", path + "/createReplyAll")
            #expect(Self.addresses(all.json["toRecipients"]) == ["buero@kanzlei.example", "ben@else.example"])
            #expect(Self.addresses(all.json["ccRecipients"]) == ["c@else.example"])

            let on =
                #"{"comment":"zur Kenntnis","toRecipients":[{"emailAddress":{"address":"buero@kanzlei.example"}}]}"#
            #expect(try await desk.send("POST", path + "/forward", on).status == 202)
            let forwarded = try await Self.first(desk, "inbox")
            #expect(forwarded["subject"] == "FW: Frage")
            #expect(forwarded["hasAttachments"] == true)
            #expect(try await desk.send("POST", path + "/reply", #"{"comment":"Ja"}"#).status == 202)
            let answer = try await Self.first(desk, "inbox")
            #expect(answer["subject"] == "RE: Frage")
            let select = "?$select=internetMessageHeaders"
            let headers = try await desk.send(
                "GET",
                "\(GraphDesk.mailbox)/messages/\(answer["id"]?.string ?? "")\(select)"
            )
            let inReplyTo = headers.json["internetMessageHeaders"]?.array?.first { $0["name"] == "In-Reply-To" }
            #expect(inReplyTo?["value"] == original["internetMessageId"])
            let both = #"{"comment":"a","message":{"body":{"contentType":"text","content":"b"}}}"#
            #expect(try await desk.send("POST", path + "/reply", both).status == 400)
            // What was refused leaves no draft behind.
            let drafts = try await desk.send("GET", "\(GraphDesk.receiver)/mailFolders/drafts")
            #expect(drafts.json["totalItemCount"] == 2)
        }
    }

    @Test func `a sender who is not the mailbox and a receiver who is not there are told so`() async throws {
        try await GraphDesk.run { desk in
            let from = #""from":{"emailAddress":{"address":"anna@kunde.example"}}"#
            let denied = #"{"message":{\#(from),"toRecipients":[{"emailAddress":{"address":"x@y.example"}}]}}"#
            let answer = try await desk.send("POST", GraphDesk.mailbox + "/sendMail", denied)
            #expect(answer.status == 403)
            #expect(answer.code == "ErrorSendAsDenied")
            let nobody = GraphDesk.people("nobody@kunde.example")
            let unknown = #"{"message":{"subject":"s","toRecipients":\#(nobody)}}"#
            #expect(try await desk.send("POST", GraphDesk.mailbox + "/sendMail", unknown).status == 202)
            let report = try await Self.first(desk, "inbox")
            #expect(report["subject"] == "Undeliverable: s")
            #expect(try await desk.send("GET", "/v1.0/admin/exchange/tracing/messageTraces").status == 403)
            await desk.graph.setRoles(["ExchangeMessageTrace.Read.All"])
            let token = "Bearer \(try await desk.newToken())"
            let sent = await desk.graph.messages(of: "buero@kanzlei.example", in: "sentitems")
            let id = sent[0]["message_id"]?.string ?? ""
            let filter = PercentCoding.encode("messageId eq '\(id)'")
            let traces = try await desk.send(
                "GET",
                "/v1.0/admin/exchange/tracing/messageTraces?$filter=\(filter)",
                authorization: token
            )
            #expect(traces.json["value"]?.array?.count == 1)
            #expect(traces.json["value"]?[0]?["status"] == "failed")
        }
    }

    @Test func `a mail on its way is in the Outbox or nowhere, and then in Sent Items`() async throws {
        try await GraphDesk.run { desk in
            await desk.graph.setSending(delay: 5000, isOutboxVisible: false, keepsImmutableID: false)
            let draft = try await desk.draft("slow", headers: ["Prefer": "IdType=\"ImmutableId\""])
            try await desk.send("POST", "\(GraphDesk.mailbox)/messages/\(draft.id)/send")
            let filter = PercentCoding.encode("internetMessageId eq '\(draft.json["internetMessageId"]?.string ?? "")'")
            let search = "\(GraphDesk.mailbox)/messages?$filter=\(filter)"
            #expect(try await desk.send("GET", search).json["value"]?.array?.isEmpty == true)
            desk.clock.advance(seconds: 5)
            let found = try await desk.send("GET", search)
            #expect(found.json["value"]?[0]?["isDraft"] == false)
            #expect(try await desk.send("GET", "\(GraphDesk.mailbox)/messages/\(draft.id)").status == 404)
        }
    }
}
