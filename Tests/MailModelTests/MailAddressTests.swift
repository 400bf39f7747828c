import MailModel
import Testing

@Suite struct MailAddressTests {
    @Test(arguments: [
        ("anna@kunde.de", "anna@kunde.de", nil), ("Anna Muster <anna@kunde.de>", "anna@kunde.de", "Anna Muster"),
        ("\"Anna Muster\" <anna@kunde.de>", "anna@kunde.de", "Anna Muster"),
        ("  o'brien+x@sub.kunde.co.uk ", "o'brien+x@sub.kunde.co.uk", nil),
        ("jürgen@müller.de", "jürgen@müller.de", nil),
        ("<a@b.de>", "a@b.de", nil), ("\"Muster, Anna\" <a@b.de>", "a@b.de", "Muster, Anna"),
        (#""A \"B\" <C>" <a@b.de>"#, "a@b.de", #"A "B" <C>"#),
    ])
    func `an address is read`(text: String, address: String, name: String?) throws {
        let read = try MailAddress(text)
        #expect(read.address == address)
        #expect(read.name == name)
    }

    @Test func `a domain has a form in ASCII, what stands before the @ has none`() throws {
        for (text, ascii) in [
            ("Anna <anna@müller.de>", "anna@xn--mller-kva.de"), ("a@BÖSE.example", "a@xn--bse-sna.example"),
            ("Anna@Kunde.DE", "Anna@Kunde.DE"),
        ] { #expect(try MailAddress(text).ascii().address == ascii) }
        #expect(try MailAddress("Anna <anna@müller.de>").ascii().name == "Anna")
        let error = #expect(throws: MailAddress.Invalid.self) { try MailAddress("jürgen@müller.de").ascii() }
        #expect(error?.description.contains("use the address's form in ASCII") == true)
    }

    @Test(arguments: [
        "", "anna", "@kunde.de", "anna@", "anna@kunde", "a@b@c.de", "a b@c.de", "anna@kunde.de\r\nBcc: x@y.de",
        "anna@kunde.de\n", "anna@kunde.de,bob@kunde.de", "anna@kunde.de;bob@kunde.de", "a..b@c.de", ".a@b.de",
        "a.@b.de", "a@-b.de", "a@b-.de", "a@b..de", "a@.de", "Anna <a@b.de> <c@d.de>", "Anna <a@b.de", "a@b.de>",
        "Anna\u{0} <a@b.de>", "a\u{0}@b.de", "a@b\u{2028}.de", "a\u{200B}@b.de", "a@b.de\u{85}", "\"a b\"@c.de",
        "Bob, Anna <a@b.de>", "x@y.de: <a@b.de>", "a@[127.0.0.1]", "a@1.2.3.4", "a(b)@c.de", "\u{202E}a@b.de",
        "Anna \u{202E}reteP <a@b.de>", "\"Anna\u{2066}\" <a@b.de>", "\"A\"B\" <a@b.de>",
        "A\u{85}B <a@b.de>",
        #""A\" <a@b.de>"#,
    ])
    func `what is no single clean address is refused`(text: String) {
        #expect(throws: MailAddress.Invalid.self) { try MailAddress(text) }
    }
}
