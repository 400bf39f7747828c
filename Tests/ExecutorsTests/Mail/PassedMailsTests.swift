import MailModel
import Testing

@testable import Executors

@Suite struct PassedMailsTests {
    private static func mail(_ number: Int) -> ReceivedMail {
        ReceivedMail(
            id: "m\(number)",
            internetMessageID: "<m\(number)@kunde.example>",
            subject: "Nummer \(number)",
            from: "anna@kunde.example",
            to: [],
            received: "2026-11-20T10:0\(number):00Z",
            isRead: false
        )
    }

    @Test func `the newest five are named, whatever their order and however often they come`() {
        var passed = PassedMails()
        #expect(passed.words == "no mail came")
        for number in [3, 1, 7, 2, 5, 6, 4, 7, 3] { passed.note(Self.mail(number)) }
        let subjects = [7, 6, 5, 4, 3].map { "\"Nummer \($0)\"" }.joined(separator: ", ")
        #expect(passed.words == "those that came do not fit: " + subjects)
        #expect(passed.count == 7)
    }

    @Test func `a mail on which the pattern took too long is known again, and named with the pattern`() {
        var passed = PassedMails()
        #expect(passed.words(about: "(a+)+$").isEmpty)
        passed.noteCostly(Self.mail(1))
        #expect(passed.isCostly(Self.mail(1)) && !passed.isCostly(Self.mail(2)))
        #expect(passed.words(about: "(a+)+$").contains("'pattern' (a+)+$ takes too long on \"Nummer 1\""))
    }
}
