import MailModel
import Testing

@testable import InternetMail

@Suite struct SearchQueryTests {
    @Test(arguments: [
        ("Rechnung", "TEXT \"Rechnung\""), ("Rechnung 2026", "TEXT \"Rechnung\" TEXT \"2026\""),
        ("subject:Rechnung", "SUBJECT \"Rechnung\""),
        ("from:anna AND Subject:\"a b\"", "FROM \"anna\" SUBJECT \"a b\""),
        ("\"Betreff: x\"", "TEXT \"Betreff: x\""), ("\"OR\"", "TEXT \"OR\""),
        ("received>=2026-11-20 received<2026-12-01", "SINCE 20-Nov-2026 BEFORE 1-Dec-2026"),
        ("sent:2026-11-20", "SENTON 20-Nov-2026"), ("to:a@b.de", "TO \"a@b.de\""),
    ])
    func `a query becomes search keys`(query: String, criteria: String) throws {
        #expect(try SearchQuery.criteria(query) == criteria)
    }

    @Test(arguments: [
        ("a OR b", "has OR"), ("NOT a", "has NOT"), ("(a)", "parentheses"),
        ("hasattachments:true", "'hasattachments:'"),
        ("Rechn*", "has a *"), ("subject:", "nothing behind"), ("received>2026-11-20", "by >"), ("\"a", "not closed"),
        ("received>=gestern", "no day"), ("Müller", "beyond ASCII"), ("AND", "no words"), ("size>1", "'size>'"),
    ])
    func `what IMAP cannot be asked is refused with the reason`(query: String, words: String) {
        let error = #expect(throws: MailError.self) { try SearchQuery.criteria(query) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(words) == true && error?.message.contains(query) == true)
    }
}
