import Testing

@testable import HTTPSyntax

@Suite struct HTTPTokenTests {
    /// `tchar` of RFC 9110 §5.6.2, letter by letter.
    private static let characters = Set(
        ("!#$%&'*+-.^_`|~" + "0123456789" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz").utf8
    )

    @Test func `a token holds the bytes the standard lists, and no other`() {
        for byte in UInt8.min ... .max {
            #expect(HTTPToken.mayHold(byte) == Self.characters.contains(byte), "\(byte)")
        }
    }

    @Test func `the pattern takes what the function takes`() throws {
        let pattern = try Regex(HTTPToken.pattern)
        for byte in UInt8.min...0x7F {
            let text = String(UnicodeScalar(byte))
            #expect((text.wholeMatch(of: pattern) != nil) == HTTPToken.isToken(text.utf8), "\(byte)")
        }
    }

    @Test(arguments: ["GET", "Accept-Language", "x", "*"])
    func `names are tokens`(text: String) {
        #expect(HTTPToken.isToken(text.utf8))
        #expect(HTTPToken.isToken(Array(text.utf8)[...]))
    }

    @Test(arguments: ["", "two words", "name:", "naïve", "a/b", "\"quoted\"", "line\r\n"])
    func `what is empty or holds another byte is none`(text: String) {
        #expect(!HTTPToken.isToken(text.utf8))
    }
}
