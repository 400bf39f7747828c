import Cryptography
import FoundationEssentials
import MailModel
import TestSupport
import Testing

@testable import InternetMail

@Suite struct MessageWriterTests {
    private static func attachment(_ directory: String, _ name: String, bytes: [UInt8], cid: String? = nil) throws
        -> OutgoingAttachment
    {
        let path = "\(directory)/\(SHA256.digest(of: name).hex.prefix(8))"
        try Data(bytes).write(to: URL(filePath: path))
        return OutgoingAttachment(
            path: path,
            name: name,
            contentType: "application/pdf",
            bytes: bytes.count,
            sha256: SHA256.digest(of: bytes).hex,
            contentID: cid
        )
    }

    private static func written(_ mail: OutgoingMail, in directory: String) throws -> [UInt8] {
        let writer = MessageWriter(
            mail: mail,
            messageID: "<m@kanzlei.example>",
            date: IMAPDate.header(1_795_000_000),
            references: ["<r@kunde.example>"]
        )
        try writer.write(to: directory + "/mail.eml")
        return Array(try Data(contentsOf: URL(filePath: directory + "/mail.eml")))
    }

    private static func mail(_ attachments: [OutgoingAttachment]) throws -> OutgoingMail {
        OutgoingMail(
            key: "job/mail/0",
            mailbox: "buero@kanzlei.example",
            to: [
                try MailAddress("Jürgen Müller <j@kunde.example>"), try MailAddress("Anna \"A\" M <a@kunde.example>"),
            ],
            cc: [try MailAddress("c@kunde.example")],
            bcc: [try MailAddress("hidden@kunde.example")],
            subject: "Rechnung für Müller & Söhne – " + String(repeating: "ä€𝄞", count: 30),
            body: "<p>Grüße = 100 %</p>\n.\nFrom here\n" + String(repeating: "lang ", count: 200) + "\nEnde \n",
            bodyType: .html,
            importance: .high,
            headers: [MailHeader(name: "X-Akte", value: "2026/17")],
            attachments: attachments
        )
    }

    @Test func `what is written is read back the same, by lines of ASCII that every server takes`() async throws {
        try await withTemporaryDirectory { directory in
            let pdf = (0..<100_001).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let long = "Rechnung für “Müller” & Söhne; Nr. 17/2026 " + String(repeating: "ö", count: 60) + ".pdf"
            let mail = try Self.mail([
                try Self.attachment(directory, "a.pdf", bytes: pdf),
                try Self.attachment(directory, long, bytes: [1, 2]),
                try Self.attachment(directory, "logo.png", bytes: [3], cid: "logo"),
            ])
            let bytes = try Self.written(mail, in: directory)
            #expect(bytes.allSatisfy { $0 < 0x80 })
            let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 200 && !$0.contains("\n") && !$0.contains("\r") })
            let part = MessagePart(bytes)
            #expect(part.header("subject") == mail.subject)
            #expect(AddressList.read(part.header("to") ?? "") == ["j@kunde.example", "a@kunde.example"])
            #expect(part.header("to")?.contains("Jürgen Müller") == true)
            #expect(part.header("bcc") == nil)
            #expect(part.header("importance") == "high")
            #expect(part.header("x-akte") == "2026/17")
            #expect(part.header("in-reply-to") == "<r@kunde.example>")
            #expect(part.header("date") == "Wed, 18 Nov 2026 11:06:40 +0000")
            #expect(part.header("x-executor-send-key") == "job/mail/0")
            #expect(part.htmlBody.map(Self.lines) == Self.lines(mail.body))
            let files = part.files
            #expect(Set(files.map(\.attachment.name)) == ["a.pdf", long, "logo.png"])
            let hashes = files.map { SHA256.digest(of: $0.part.bytes).hex }
            #expect(Set(hashes) == Set(mail.attachments.map(\.sha256)))
            #expect(files.first { $0.attachment.name == "logo.png" }?.attachment.isInline == true)
            #expect(files.first { $0.attachment.name == "logo.png" }?.part.header("content-id") == "<logo>")
        }
    }

    private static func lines(_ text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    }

    @Test func `Python's mail library reads the same from it`() async throws {
        try await withTemporaryDirectory { directory in
            let name = "Rechnung für Müller.pdf"
            let mail = try Self.mail([try Self.attachment(directory, name, bytes: Array(0...255))])
            _ = try Self.written(mail, in: directory)
            let script = """
                /usr/bin/python3 - mail.eml >&2 <<'E'
                x = 0; import email, email.policy, hashlib, sys
                m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
                f = next(m.iter_attachments())
                print(m["subject"]); print(m["to"].addresses[0].display_name); print(m.get_body().get_content().split("\\n")[0])
                print(f.get_filename()); print(hashlib.sha256(f.get_content()).hexdigest()); print(len(m.defects))
                E
                """
            let read = try await runScript(script, in: directory)
            #expect(
                read.lines == [
                    mail.subject, "Jürgen Müller", "<p>Grüße = 100 %</p>", name, mail.attachments[0].sha256, "0",
                ]
            )
        }
    }

    @Test(arguments: ["message/rfc822", "Message/Delivery-Status", "multipart/mixed"])
    func `what must not be encoded goes as a file of any kind`(type: String) async throws {
        try await withTemporaryDirectory { directory in
            var file = try Self.attachment(directory, "innen.eml", bytes: Array("Subject: x\n\nä\n".utf8))
            file.contentType = type
            let files = MessagePart(try Self.written(try Self.mail([file]), in: directory)).files
            #expect(files.map(\.attachment.contentType) == ["application/octet-stream"])
            #expect(files.map(\.attachment.name) == ["innen.eml"])
            #expect(files.first.map { SHA256.digest(of: $0.part.bytes).hex } == file.sha256)
        }
    }

    @Test func `domains beyond ASCII are written as DNS has them`() async throws {
        try await withTemporaryDirectory { directory in
            var mail = try Self.mail([])
            mail.mailbox = "buero@kanzlei-müller.example"
            mail.to = [try MailAddress("Jürgen <j@böse.example>")]
            mail.replyTo = [try MailAddress("r@böse.example")]
            let part = MessagePart(try Self.written(try mail.addressedInASCII(), in: directory))
            #expect(part.addresses("from") == ["buero@xn--kanzlei-mller-4ob.example"])
            #expect(part.addresses("to") == ["j@xn--bse-sna.example"])
            #expect(part.addresses("reply-to") == ["r@xn--bse-sna.example"])
            #expect(InternetMailClient.messageID(of: mail).utf8.allSatisfy { $0 < 0x80 })
        }
    }

    @Test func `letters beyond ASCII before the @ are refused, by the address`() throws {
        var mail = try Self.mail([])
        mail.bcc = [try MailAddress("jürgen@kunde.example")]
        let error = #expect(throws: MailError.self) { try mail.addressedInASCII() }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("jürgen@kunde.example") == true)
        mail.mailbox = "büro@kanzlei.example"
        #expect(throws: MailError.self) { try mail.sender() }
    }

    @Test func `a file that changed, and a type that would break out of its header, do no harm`() async throws {
        try await withTemporaryDirectory { directory in
            var file = try Self.attachment(directory, "a.pdf", bytes: [1])
            file.contentType = "text/plain\r\nBcc: x@y.example"
            let bytes = try Self.written(try Self.mail([file]), in: directory)
            #expect(!String(decoding: bytes, as: UTF8.self).contains("\r\nBcc:"))
            file.sha256 = String(repeating: "0", count: 64)
            #expect(throws: MailError.self) { try Self.written(try Self.mail([file]), in: directory) }
        }
    }
}
