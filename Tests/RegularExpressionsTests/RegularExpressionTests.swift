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

    @Test func `a pattern that is too long is refused`() throws {
        let long = String(repeating: "a", count: RegularExpression.lengthLimit + 1)
        let error = try #require(throws: RegularExpressionError.self) { try RegularExpression(long) }
        #expect(error.code == .tooLarge)
    }
}
