import DomainNames
import Testing

@Suite struct DomainNameTests {
    @Test(arguments: [
        ("Kunde.Example", "kunde.example"), ("böse.example", "xn--bse-sna.example"),
        ("BÖSE.example", "xn--bse-sna.example"), ("bo\u{308}se.example", "xn--bse-sna.example"),
        ("xn--bse-sna.example", "xn--bse-sna.example"), ("ｅｖｉｌ.example", "evil.example"),
        ("evil。example", "evil.example"), ("straße.example", "xn--strae-oqa.example"), ("a.example.", "a.example"),
    ])
    func `one name has one form`(text: String, ascii: String) {
        #expect(DomainName(text)?.ascii == ascii)
    }

    @Test(arguments: [
        "", ".", "a..b", "1.2.3.4", "a.1", "-a.example", "a-.example", "a b.example", "a\u{200E}ö.example",
    ])
    func `what is no name is none`(text: String) {
        #expect(DomainName(text) == nil)
    }

    @Test(arguments: [
        ("kunde.example", "kunde.example", true), ("kunde.example", "sub.kunde.example", false),
        (".kunde.example", "kunde.example", true), (".kunde.example", "a.b.kunde.example", true),
        ("*.kunde.example", "kunde.example", true), ("*.kunde.example", "sub.kunde.example", true),
        ("*.kunde.example", "notkunde.example", false), ("böse.example", "xn--bse-sna.example", true),
        ("xn--bse-sna.example", "böse.example", true), ("evil.example", "ｅｖｉｌ.example", true),
        ("EVIL.example", "evil.EXAMPLE", true), ("*.example", "kunde.example", true),
    ])
    func `a pattern matches a name however both are written`(pattern: String, name: String, matches: Bool) throws {
        #expect(try DomainPattern(pattern).matches(try #require(DomainName(name))) == matches)
    }

    @Test(arguments: [
        ("@evil.example", "has an @"), ("a@evil.example", "has an @"), ("*evil.example", "a * elsewhere"),
        ("*.*.example", "a * elsewhere"), ("", "is no domain"), ("*", "a * elsewhere"), ("1.2.3.4", "is no domain"),
        ("kunde", "is one word"), ("kunde.", "is one word"), ("müller", "is one word"),
        ("evil.example:25", "is no domain"), ("https://evil.example", "is no domain"),
    ])
    func `a pattern that could never match is refused with the remedy`(pattern: String, words: String) {
        let error = #expect(throws: DomainPattern.Invalid.self) { try DomainPattern(pattern) }
        #expect(error?.description.contains(words) == true)
    }
}
