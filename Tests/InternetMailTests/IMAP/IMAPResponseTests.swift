import Testing

@testable import InternetMail

@Suite struct IMAPResponseTests {
    private static func read(_ text: String) throws -> [[IMAPValue]] { try IMAPResponse.untagged(Array(text.utf8)) }

    @Test func `lists, quotes, literals and the rest of a conversation are told apart`() throws {
        let text = """
            * OK [CAPABILITY IMAP4rev1] ready\r
            A001 OK done\r
            * 1 FETCH (UID 7 FLAGS (\\Seen) BODY[HEADER.FIELDS (A B)] {5}\r
            a(\r
            b X "q\\"x" NIL)\r
            * SEARCH 3 4\r
            A002 OK done\r

            """
        let responses = try Self.read(text)
        #expect(responses.count == 3)
        #expect(
            responses[1] == [
                .atom("1"), .atom("FETCH"),
                .list([
                    .atom("UID"), .atom("7"), .atom("FLAGS"), .list([.atom("\\Seen")]),
                    .atom("BODY[HEADER.FIELDS (A B)]"), .string(Array("a(\r\nb".utf8)), .atom("X"),
                    .string(Array("q\"x".utf8)), .atom("NIL"),
                ]),
            ]
        )
        #expect(responses[2] == [.atom("SEARCH"), .atom("3"), .atom("4")])
    }

    @Test func `a literal that was cut off by a line of its own is found out`() {
        #expect(throws: IMAPResponse.Malformed.self) {
            try Self.read("* 1 FETCH (UID 7 BODY[] {100}\r\nSubject: x\r\n\r\nA003 OK done\r\n")
        }
    }

    @Test(arguments: [
        "", "*", "* ", "* (", "* \"", "* {", "* {9999999999999999999}\r\n", "* ((((", "* a[b", "\r\n\r\n", "* )",
    ])
    func `what is no response ends all the same`(text: String) {
        _ = try? Self.read(text)
    }

    @Test func `lists within lists end somewhere`() {
        #expect(throws: IMAPResponse.Malformed.self) { try Self.read("* " + String(repeating: "(", count: 100_000)) }
    }

    @Test(arguments: [
        ("INBOX", "INBOX"), ("Entwürfe", "Entw&APw-rfe"), ("Tom & Jerry", "Tom &- Jerry"), ("日本語", "&ZeVnLIqe-"),
        ("𝄞", "&2DTdHg-"), ("äöü/ÄÖÜ", "&AOQA9gD8-/&AMQA1gDc-"),
    ])
    func `names of folders go over and back`(name: String, encoded: String) {
        #expect(ModifiedUTF7.encode(name) == encoded)
        #expect(ModifiedUTF7.decode(encoded) == name)
    }

    @Test(arguments: ["&", "&!!-", "&AA-", "a&b"])
    func `names that are not well-formed stay`(text: String) {
        #expect(ModifiedUTF7.decode(text) == text)
    }

    @Test func `dates go from IMAP to RFC 3339, and to days and headers`() {
        #expect(IMAPDate.rfc3339("20-Nov-2026 00:30:00 +0100") == "2026-11-19T23:30:00Z")
        #expect(IMAPDate.rfc3339(" 1-Mar-2024 12:00:00 -0530") == "2024-03-01T17:30:00Z")
        #expect(IMAPDate.rfc3339("gestern") == nil)
        #expect(IMAPDate.day("2026-11-20T08:30:00Z") == "20-Nov-2026")
        #expect(IMAPDate.header(0) == "Thu, 01 Jan 1970 00:00:00 +0000")
        #expect(IMAPDate.header(1_709_164_799) == "Wed, 28 Feb 2024 23:59:59 +0000")
    }
}
