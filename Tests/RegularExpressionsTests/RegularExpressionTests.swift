import RegularExpressions
import Testing

@Suite struct RegularExpressionTests {
    private func match(_ pattern: String, _ text: String) throws -> RegularExpression.Match? {
        try RegularExpression(pattern).firstMatch(in: Array(text.utf8))
    }

    @Test func `named groups take what they match, whatever the case`() throws {
        let match = try #require(try match("RECHNUNG (?:von|für) (?<customer>.+?)$", "letzte Rechnung für Müller AG"))
        #expect(match.captures == ["customer": "Müller AG"])
        #expect(match.range == 7..<31)
    }

    @Test func `letters beyond ASCII have cases, too`() throws {
        #expect(try match("^ÜBERWEISUNG$", "überweisung") != nil)
        #expect(try match(#"^\w+$"#, "Größe") != nil)
    }

    @Test func `one name may stand in several alternatives`() throws {
        let pattern = "^(?:an (?<to>\\w+)|to (?<to>\\w+))$"
        #expect(try match(pattern, "an Anna")?.captures == ["to": "Anna"])
        #expect(try match(pattern, "to Anna")?.captures == ["to": "Anna"])
        #expect(try RegularExpression(pattern).names == ["to"])
    }

    @Test func `groups without a name, and those that take no part, give nothing`() throws {
        #expect(try match("(a)(?<b>b)?", "a")?.captures == [:])
        #expect(try match("x", "a") == nil)
    }

    @Test(arguments: ["(", "[a", "(?<a>b", "*", #"\C"#, "(?<1a>b)"])
    func `a malformed pattern says where`(pattern: String) throws {
        let error = try #require(throws: RegularExpressionError.self) { try RegularExpression(pattern) }
        #expect(error.code == .malformed && !error.message.isEmpty)
    }

    @Test func `a pattern that would take for ever gives up`() throws {
        let expression = try RegularExpression("^(?:a|aa)+[bc]$")
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 5_000)
        let error = try #require(throws: RegularExpressionError.self) { try expression.firstMatch(in: text) }
        #expect(error.code == .tooCostly)
        #expect(try expression.firstMatch(in: Array("aaab".utf8)) != nil)
    }

    @Test(arguments: ["(a+)+$", "(a|aa)+$", "(.+)@(.+)", "(?:a?)*b", "(a*)*b"])
    func `a costly pattern over a long text ends within a second`(pattern: String) throws {
        let expression = try RegularExpression(pattern, for: .longTexts)
        var text = [UInt8](repeating: UInt8(ascii: "a"), count: 256 << 10)
        text[text.count - 1] = UInt8(ascii: "!")
        let began = ContinuousClock.now
        _ = try? expression.firstMatch(in: text)
        #expect(ContinuousClock.now - began < .seconds(5), "a second of the processor, whatever else it does")
    }

    @Test func `a costly pattern over a long text is given up`() throws {
        let expression = try RegularExpression("(a|aa)+$", for: .longTexts)
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 5_000) + [UInt8(ascii: "!")]
        let error = try #require(throws: RegularExpressionError.self) { try expression.firstMatch(in: text) }
        #expect(error.code == .tooCostly)
    }

    @Test func `an ordinary pattern works over a long text, groups by number, case counts`() throws {
        let text = String(repeating: "Lorem ipsum dolor sit amet\n", count: 2_000) + "Ihr Code: 482913\n"
        for pattern in ["Code: ([0-9]{6})", "(?:.|\n)*Code: (\\d+)", "Code:\\s*(?<code>\\d+)"] {
            let match = try #require(try RegularExpression(pattern, for: .longTexts).firstMatch(in: Array(text.utf8)))
            #expect(match.groups.count == 2 && match.groups[1] == "482913", "\(pattern)")
        }
        #expect(try RegularExpression("code: ", for: .longTexts).firstMatch(in: Array(text.utf8)) == nil)
        let optional = try RegularExpression("(x)?Code: (\\d)", for: .longTexts).firstMatch(in: Array(text.utf8))
        #expect(optional?.groups == ["Code: 4", "", "4"])
    }

    @Test func `a pattern that is too long is refused`() throws {
        let long = String(repeating: "a", count: RegularExpression.lengthLimit + 1)
        let error = try #require(throws: RegularExpressionError.self) { try RegularExpression(long) }
        #expect(error.code == .tooLarge)
    }
}
