import MailModel
import Testing

@testable import InternetMail

@Suite struct MessagePartTests {
    private static func part(_ text: String) -> MessagePart { MessagePart(Array(text.utf8)) }

    @Test func `a mail as others write it gives text, HTML and files`() {
        let part = Self.part(
            """
            From: =?iso-8859-1?Q?J=FCrgen_M=FCller?= <j@x.example>\r
            Subject: =?UTF-8?B?w4Q=?= =?UTF-8?B?w5Y=?= und\r
            \t=?utf-8?q?mehr?=\r
            Content-Type: multipart/mixed; boundary="b 1"\r
            \r
            preamble\r
            --b 1\r
            Content-Type: multipart/alternative; boundary=b2\r
            \r
            --b2\r
            Content-Type: text/plain; charset=windows-1252\r
            Content-Transfer-Encoding: quoted-printable\r
            \r
            Preis: 5 =80 =\r
            netto\r
            --b2\r
            Content-Type: text/html\r
            \r
            <a href="https://x.example/c">c</a>\r
            --b2--\r
            --b 1\r
            Content-Type: application/pdf; name="=?utf-8?B?w6QucGRm?="\r
            Content-Disposition: attachment;\r
             filename*0*=UTF-8''R%C3%BC;\r
             filename*1=ckgabe.pdf\r
            Content-Transfer-Encoding: base64\r
            \r
            SGFs\r
            bG8=\r
            --b 1--\r
            epilogue
            """
        )
        #expect(part.header("subject") == "ÄÖ und mehr")
        #expect(part.header("from") == "Jürgen Müller <j@x.example>")
        #expect(part.plainBody == "Preis: 5 € netto")
        #expect(part.htmlBody == "<a href=\"https://x.example/c\">c</a>")
        #expect(part.files.map(\.attachment.name) == ["Rückgabe.pdf"])
        #expect(part.files.first?.part.bytes == Array("Hallo".utf8))
    }

    @Test(arguments: [
        "", "\r\n", "no colon", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        "Subject: =?utf-8?B?!!?=\r\n\r\n",
        "Content-Type: multipart/mixed\r\n\r\nbody", "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n--",
        "Subject: =?x\r\n\r\n", " folded first\r\n\r\nbody",
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n=\r\n=4\r\n=XY",
    ])
    func `whatever comes is read without an end`(text: String) {
        let part = Self.part(text)
        _ = (part.plainBody, part.files.count, part.header("subject"))
    }

    @Test func `parts within parts within parts end somewhere`() {
        var text = "Content-Type: text/plain\r\n\r\nx"
        for level in 0..<200 {
            text =
                "Content-Type: multipart/mixed; boundary=b\(level)\r\n\r\n--b\(level)\r\n\(text)\r\n--b\(level)--\r\n"
        }
        #expect(Self.part(text).plainBody.isEmpty)
    }

    @Test(arguments: [
        ("a@b.de", ["a@b.de"]), ("A <a@b.de>, \"B, C\" <b@c.de>", ["a@b.de", "b@c.de"]),
        ("Gruppe: a@b.de, c@d.de;", ["a@b.de", "c@d.de"]), ("a@b.de (Kommentar)", ["a@b.de"]), ("", []),
        ("undisclosed-recipients:;", []),
    ])
    func `addresses of a field`(field: String, addresses: [String]) {
        #expect(AddressList.read(field) == addresses)
    }
}
