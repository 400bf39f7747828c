import Testing

@testable import HTTPServer

@Suite struct MessageTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ])
    func `dates have the form of RFC 9110`(seconds: Int, text: String) {
        #expect(HTTPDate.format(secondsSince1970: seconds) == text)
    }

    @Test(arguments: [
        ("bytes=0-4", HTTPByteRange.Request.part(0..<5)), ("bytes=5-", .part(5..<10)), ("bytes=-3", .part(7..<10)),
        ("bytes=5-99", .part(5..<10)), ("bytes=-99", .part(0..<10)), ("bytes=10-", .unsatisfiable),
        ("bytes=-0", .unsatisfiable), ("bytes=4-2", .whole), ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole),
        ("bytes=a-b", .whole), ("bytes=-", .whole),
        ("bytes=99999999999999999999-", .whole), ("bytes=0-9223372036854775807", .part(0..<10)),
    ])
    func `a range is read, clamped, refused or ignored`(field: String, expected: HTTPByteRange.Request) {
        #expect(HTTPByteRange.parse(field, length: 10) == expected)
    }

    @Test func `a field that would end its line is never sent`() {
        for (name, value) in [("X", "a\r\nSet-Cookie: b"), ("X", "a\nb"), ("X Y", "a"), ("", "a"), ("X", "\u{0}")] {
            #expect(!HTTPResponseEncoder.canSend(status: 200, fields: HTTPFields(dictionaryLiteral: (name, value))))
        }
    }
}
