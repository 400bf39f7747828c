import HTTPServer
import JSON
import Testing

@testable import FixtureServer

/// Recorded answers of the service are gzip, every one of them.
@Suite struct CompressionTests {
    @Test func `text is packed for who takes it, files and what nobody asked to be packed are not`() async throws {
        try await GraphDesk.run { desk in
            let path = GraphDesk.mailbox + "/mailFolders"
            let plain = try await desk.send("GET", path)
            #expect(plain.headers["Content-Encoding"] == nil && plain.json["value"]?.array?.isEmpty == false)
            let packed = try await desk.send("GET", path, headers: ["Accept-Encoding": "gzip, deflate"])
            #expect(packed.headers["Content-Encoding"] == "gzip" && packed.headers["Vary"] == "Accept-Encoding")
            #expect(packed.bytes.starts(with: [0x1F, 0x8B]) && packed.bytes.count < plain.bytes.count)
            let draft = try await desk.draft("mit Datei")
            let file = try await desk.send(
                "POST",
                "\(GraphDesk.mailbox)/messages/\(draft.id)/attachments",
                GraphDesk.attachment("a.pdf", type: "application/pdf", base64: "YWJjYWJj")
            )
            let content = try await desk.send(
                "GET",
                "\(GraphDesk.mailbox)/messages/\(draft.id)/attachments/\(file.id)/$value",
                headers: ["Accept-Encoding": "gzip"]
            )
            #expect(content.text == "abcabc")
        }
    }
}
