import Cryptography
import HTTPServer
import Testing

@testable import FixtureServer

@Suite struct PageTests {
    private static let evil = #"<script>alert(1)</script><img src=x onerror=alert(1)>"#

    @Test func `the pages show folders, messages and files, and what came from a mail is escaped`() async throws {
        try await GraphDesk.run { desk in
            let quoted = #"<script>alert(1)</script>\"'&"#
            let to = GraphDesk.people("anna@kunde.example")
            let body =
                #"{"message":{"subject":"\#(quoted)","body":{"contentType":"text","content":"\#(Self.evil)"},"#
                + #""toRecipients":\#(to),"attachments":[\#(GraphDesk.attachment("<b>.html", type: "text/html"))]}}"#
            #expect(try await desk.send("POST", GraphDesk.mailbox + "/sendMail", body).status == 202)
            let overview = try await desk.send("GET", "/", authorization: .some(nil))
            #expect(overview.text.contains("Posteingang"))
            let list = try await desk.send("GET", "/mailbox/anna%40kunde.example", authorization: .some(nil))
            let link = try #require(list.text.firstRange(of: "/mailbox/anna%40kunde.example/AA"))
            let path = String(list.text[link.lowerBound...].prefix { $0 != "\"" })
            let message = try await desk.send("GET", path, authorization: .some(nil))
            for page in [overview, list, message] {
                #expect(page.status == 200)
                #expect(page.headers["Content-Security-Policy"]?.hasPrefix("default-src 'self'") == true)
                #expect(!page.text.contains("<script"))
                #expect(!page.text.contains("<img"))
                #expect(!page.text.contains("src=\"http"))
            }
            #expect(message.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
            let file = try #require(message.text.firstRange(of: path + "/"))
            let address = String(message.text[file.lowerBound...].prefix { $0 != "\"" })
            let download = try await desk.send("GET", address, authorization: .some(nil))
            #expect(download.headers["Content-Type"] == "application/octet-stream")
            #expect(download.headers["Content-Disposition"]?.hasPrefix("attachment") == true)
            #expect(download.headers["Content-Security-Policy"]?.contains("sandbox") == true)
        }
    }

    @Test func `HTML of a mail stands in a frame that runs nothing and loads nothing from elsewhere`() async throws {
        try await GraphDesk.run { desk in
            let draft = try await desk.draft("html")
            let path = "/mailbox/buero%40kanzlei.example/\(PercentCoding.encode(draft.id))"
            let page = try await desk.send("GET", path, authorization: .some(nil))
            #expect(page.text.contains("<iframe title=\"Text\" sandbox src="))
            let frame = try await desk.send("GET", path + "/body", authorization: .some(nil))
            #expect(frame.text.contains("<p>Guten Tag"))
            let policy = frame.headers["Content-Security-Policy"] ?? ""
            #expect(policy.contains("default-src 'none'") && policy.contains("sandbox;"))
            #expect(!policy.contains("script-src"))
            #expect(try await desk.send("GET", "/mailbox/nobody@x.example", authorization: .some(nil)).status == 404)
        }
    }
}
