import Cryptography
import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct MIMETests {
    private static let plain: HTTPFields = ["Content-Type": "text/plain"]
    private static let message = """
        From: =?utf-8?Q?B=C3=BCro?= <buero@kanzlei.example>\r
        To: "Muster, Anna" <anna@kunde.example>,\r
        \tb@else.example\r
        Subject: =?utf-8?B?UmVjaG51bmcg?= =?utf-8?B?ZsO8ciBN?=\r
        \u{20}=?utf-8?Q?=C3=A4rz?=\r
        X-Cpa: 7\r
        MIME-Version: 1.0\r
        Content-Type: multipart/mixed; boundary="b1"\r
        \r
        Präambel\r
        --b1\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Transfer-Encoding: quoted-printable\r
        \r
        Gr=C3=BC=C3=9Fe=\r
        , Anna\r
        --b1\r
        Content-Type: application/pdf\r
        Content-Disposition: attachment; filename*=utf-8''Rechnung%20f%C3%BCr.pdf\r
        Content-Transfer-Encoding: base64\r
        \r
        JVBERi0x\r
        --b1--\r

        """

    @Test func `a mail sent as MIME arrives with its people, subject, body, headers and files`() async throws {
        try await GraphDesk.run { desk in
            let body = Base64.encode(Array(Self.message.utf8))
            let answer = try await desk.send("POST", GraphDesk.mailbox + "/sendMail", body, headers: Self.plain)
            #expect(answer.status == 202)
            let mail = await desk.graph.messages(of: "anna@kunde.example", in: "inbox")[0]
            #expect(mail["subject"] == "Rechnung für März")
            #expect(mail["to"] == ["anna@kunde.example", "b@else.example"])
            #expect(mail["body"] == "Grüße, Anna")
            #expect(mail["headers"]?["X-Cpa"] == "7")
            #expect(mail["attachments"]?[0]?["name"] == "Rechnung für.pdf")
            #expect(mail["attachments"]?[0]?["bytes"] == 6)
        }
    }

    @Test func `the MIME of a message reads back as the same message`() async throws {
        try await GraphDesk.run { desk in
            let draft = try await desk.draft(
                "Grüße aus dem sehr langen Betreff, der gefaltet werden muss, weil er so lang ist"
            )
            let path = "\(GraphDesk.mailbox)/messages/\(draft.id)"
            let file = GraphDesk.attachment("Übersicht.csv", type: "text/csv", base64: "YTtiCg==")
            #expect(try await desk.send("POST", path + "/attachments", file).status == 201)
            let mime = try await desk.send("GET", path + "/$value")
            #expect(mime.headers["Content-Type"] == "text/plain")
            #expect(mime.text.contains("\r\nMIME-Version: 1.0\r\n"))
            #expect(mime.text.utf8.allSatisfy { $0 < 0x7F })
            let copy = try await desk.send(
                "POST",
                GraphDesk.mailbox + "/messages",
                Base64.encode(mime.bytes),
                headers: Self.plain
            )
            #expect(copy.status == 201)
            #expect(copy.json["subject"] == draft.json["subject"])
            #expect(copy.json["body"] == draft.json["body"])
            #expect(copy.json["internetMessageId"] == draft.json["internetMessageId"])
            let files = try await desk.send("GET", "\(GraphDesk.mailbox)/messages/\(copy.id)/attachments")
            #expect(files.json["value"]?[0]?["name"] == "Übersicht.csv")
            #expect(files.json["value"]?[0]?["contentBytes"] == "YTtiCg==")
        }
    }

    @Test(arguments: [
        ("no base64!", "ErrorMimeContentInvalidBase64String"), ("", "ErrorMimeContentInvalidBase64String"),
        ("DQo=", "ErrorMimeContentInvalid"),
    ])
    func `what is no MIME is refused`(body: String, code: String) async throws {
        try await GraphDesk.run { desk in
            let answer = try await desk.send("POST", GraphDesk.mailbox + "/messages", body, headers: Self.plain)
            #expect(answer.status == 400)
            #expect(answer.code == code)
        }
    }

    @Test func `a text body is asked for by preference`() async throws {
        try await GraphDesk.run { desk in
            let draft = try await desk.draft("html")
            let text: HTTPFields = ["Prefer": "outlook.body-content-type=\"text\", IdType=\"ImmutableId\""]
            let answer = try await desk.send("GET", "\(GraphDesk.mailbox)/messages/\(draft.id)", headers: text)
            #expect(answer.json["body"] == ["contentType": "text", "content": "Guten Tag & Gruß"])
            #expect(answer.json["bodyPreview"] == "Guten Tag & Gruß")
            #expect(answer.headers["Preference-Applied"]?.contains("body-content-type") == true)
        }
    }
}
