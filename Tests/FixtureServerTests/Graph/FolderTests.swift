import Cryptography
import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct FolderTests {
    private static let folders = GraphDesk.mailbox + "/mailFolders"

    private static func names(_ answer: GraphDesk.Answer) -> [String] {
        answer.json["value"]?.array?.compactMap { $0["displayName"]?.string } ?? []
    }

    @Test func `well-known folders have names in the language of the mailbox, and ids that lead to them`() async throws
    {
        try await GraphDesk.run { desk in
            let german = try await desk.send("GET", Self.folders + "?$top=50")
            #expect(Self.names(german).contains("Posteingang"))
            #expect(Self.names(german).count == 8)
            _ = try await desk.send("PUT", "/_control/mailboxes/office@firm.example", #"{"language":"en-US"}"#)
            let english = try await desk.send("GET", "/v1.0/users/office@firm.example/mailFolders?$top=50")
            #expect(Self.names(english).contains("Sent Items"))
            let id = try #require(
                german.json["value"]?.array?.first { $0["displayName"] == "Posteingang" }?["id"]?.string
            )
            #expect(try await desk.send("GET", "\(Self.folders)/\(id)").json["displayName"] == "Posteingang")
            let filter = PercentCoding.encode("displayName eq 'Entwürfe'")
            #expect(Self.names(try await desk.send("GET", "\(Self.folders)?$filter=\(filter)")) == ["Entwürfe"])
        }
    }

    @Test func `folders are made, named, moved and deleted, those everybody has stay`() async throws {
        try await GraphDesk.run { desk in
            let made = try await desk.send(
                "POST",
                Self.folders + "/inbox/childFolders",
                #"{"displayName":"Rechnungen"}"#
            )
            #expect(made.status == 201)
            let twice = try await desk.send(
                "POST",
                Self.folders + "/inbox/childFolders",
                #"{"displayName":"rechnungen"}"#
            )
            #expect(twice.status == 409)
            #expect(twice.code == "ErrorFolderExists")
            #expect(try await desk.send("GET", Self.folders + "/inbox").json["childFolderCount"] == 1)
            #expect(Self.names(try await desk.send("GET", Self.folders + "('inbox')/childFolders")) == ["Rechnungen"])
            let path = "\(Self.folders)/\(made.id)"
            #expect(try await desk.send("PATCH", path, #"{"displayName":"Belege"}"#).json["displayName"] == "Belege")
            let draft = try await desk.send("POST", path + "/messages", #"{"subject":"da"}"#)
            #expect(draft.status == 201)
            #expect(draft.json["parentFolderId"]?.string == made.id)
            #expect(try await desk.send("GET", path + "/messages/$count").text == "1")
            let moved = try await desk.send("POST", path + "/move", #"{"destinationId":"msgfolderroot"}"#)
            #expect(moved.json["parentFolderId"] != made.json["parentFolderId"])
            #expect(try await desk.send("DELETE", path).status == 204)
            #expect(try await desk.send("GET", path).code == "ErrorItemNotFound")
            #expect(try await desk.send("DELETE", Self.folders + "/inbox").status == 403)
            let delta = try await desk.send("GET", Self.folders + "/delta")
            #expect(delta.json["@odata.deltaLink"] != nil)
        }
    }
}
