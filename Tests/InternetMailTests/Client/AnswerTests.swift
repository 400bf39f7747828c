import MailModel
import Testing

@testable import InternetMail

@Suite struct AnswerTests {
    private static func answer(
        _ head: String,
        all: Bool,
        cc: [String] = [],
        mailbox: String = "buero@kanzlei.example"
    ) throws -> OutgoingMail {
        var mail = OutgoingMail(key: "k", mailbox: mailbox, to: [], cc: try cc.map { try MailAddress($0) }, subject: "")
        try mail.address(toThoseOf: MessagePart(Array("\(head)\r\n\r\n".utf8)), all: all)
        return mail
    }

    private static let list = """
        From: Anna <anna@kunde.example>\r
        Reply-To: =?utf-8?q?evil=40x.example=2C?= <liste@kunde.example>, post@kunde.example\r
        To: Buero@Kanzlei.example, berta@kunde.example\r
        Cc: POST@kunde.example, carl@böse.example
        """

    @Test func `an answer goes to Reply-To, else to the sender`() throws {
        let answer = try Self.answer(Self.list, all: false)
        #expect(answer.receivers == ["liste@kunde.example", "post@kunde.example"])
        let plain = try Self.answer("From: Anna <anna@kunde.example>\r\nReply-To: nobody", all: false)
        #expect(plain.receivers == ["anna@kunde.example"])
    }

    @Test func `an answer to all goes to everybody once, and not to the mailbox itself`() throws {
        let answer = try Self.answer(Self.list, all: true, cc: ["dora@kunde.example", "berta@kunde.example"])
        #expect(answer.to.map(\.address) == ["liste@kunde.example", "post@kunde.example"])
        #expect(
            Set(answer.cc.map(\.address)) == ["dora@kunde.example", "berta@kunde.example", "carl@xn--bse-sna.example"]
        )
        #expect(answer.cc.count == 3)
    }

    @Test func `an answer to a mail of one's own goes to those it went to`() throws {
        let own = "From: buero@kanzlei.example\r\nTo: anna@kunde.example\r\nCc: buero@kanzlei.example"
        #expect(try Self.answer(own, all: true).to.map(\.address) == ["anna@kunde.example"])
        #expect(try Self.answer(own, all: true).cc.isEmpty)
        #expect(try Self.answer(own, all: false).receivers == ["buero@kanzlei.example"])
        let alone = "From: buero@kanzlei.example\r\nTo: buero@kanzlei.example"
        #expect(try Self.answer(alone, all: true).receivers == ["buero@kanzlei.example"])
    }

    @Test(arguments: [
        ("Subject: x", "has no address in Reply-To or From"), ("From: jürgen@kunde.example", "jürgen@kunde.example"),
        ("From: a@b", "a@b"),
    ])
    func `a mail nobody can be answered of is refused with the reason`(head: String, words: String) {
        let error = #expect(throws: MailError.self) { try Self.answer(head, all: false) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("Message-ID: <c@x>\r\nReferences: <a@x>\r\n <b@x>\r\nIn-Reply-To: <z@x>", ["<a@x>", "<b@x>", "<c@x>"]),
        ("Message-ID: <c@x>\r\nIn-Reply-To: <b@x>", ["<b@x>", "<c@x>"]),
        ("Message-ID: <c@x>\r\nIn-Reply-To: <a@x> <b@x>", ["<c@x>"]),
        ("References: <a@x>", []), ("Message-ID: none\r\nReferences: <a@x>", []),
        ("Message-ID: <c@x>\r\nReferences: <a b@x> <ä@x> <a@x", ["<c@x>"]),
    ])
    func `an answer names the thread of the mail it answers`(head: String, thread: [String]) {
        #expect(MessagePart(Array("\(head)\r\n\r\n".utf8)).thread == thread)
    }

    @Test func `of a long thread the first and the last are named`() {
        let references = (0..<200).map { "<\($0)@x>" }.joined(separator: " ")
        let thread = MessagePart(Array("Message-ID: <own@x>\r\nReferences: \(references)\r\n\r\n".utf8)).thread
        #expect(thread.first == "<0@x>")
        #expect(thread.suffix(2) == ["<199@x>", "<own@x>"])
        #expect(thread.count == 52)
    }

    @Test(arguments: [
        ("<logo@x>", "<img src='cid:logo@x'>", "logo@x"), ("<logo@x>", "<IMG SRC=CID:LOGO%40X>", "logo@x"),
        ("<logo@x>", "<p>", nil), ("<mine>", "<img src='cid:mine'>", nil), ("", "cid:", nil), ("<a b>", "cid:a b", nil),
    ])
    func `an image keeps the name the mail shows it by`(field: String, html: String, name: String?) {
        let mine = OutgoingAttachment(path: "", name: "", contentType: "", bytes: 0, sha256: "", contentID: "mine")
        let mail = OutgoingMail(key: "k", mailbox: "a@x.de", to: [], subject: "", attachments: [mine])
        let part = MessagePart(Array("Content-ID: \(field)\r\n\r\n".utf8))
        #expect(mail.contentID(of: part, shownIn: html) == name)
    }
}
