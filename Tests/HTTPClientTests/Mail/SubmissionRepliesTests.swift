import Testing

@testable import HTTPClient

@Suite struct SubmissionRepliesTests {
    private static func replies(_ lines: String...) -> SubmissionReplies {
        var replies = SubmissionReplies()
        for line in lines { replies.take(Array((line + "\r\n").utf8)) }
        return replies
    }

    private static let loggedIn = [
        "220 mail", "250-mail", "250 STARTTLS", "220 Go", "250-mail", "250 AUTH", "334 ", "235 Yes",
    ]

    @Test func `the receiver that is refused is known by its place`() {
        var replies = SubmissionReplies()
        for line in Self.loggedIn + ["250 sender", "250 first", "550 5.1.1 No such user here", "221 Bye"] {
            replies.take(Array(line.utf8))
        }
        #expect(replies.refusedReceiver == 1)
        #expect(replies.said == "550 5.1.1 No such user here")
    }

    @Test func `without a log-in receivers are counted the same`() {
        #expect(Self.replies("220 mail", "250 mail", "250 sender", "450 later").refusedReceiver == 0)
    }

    @Test func `a refused greeting, sender or log-in is about no receiver`() {
        #expect(Self.replies("554 no service").refusedReceiver == nil)
        #expect(Self.replies("220 mail", "250 mail", "550 not you").refusedReceiver == nil)
        #expect(Self.replies("220 mail", "250 mail", "535 wrong").refusedReceiver == nil)
    }

    @Test func `a reply of several lines is one line without its codes`() {
        let replies = Self.replies("220 mail", "554-5.7.1 Blocked\u{7}", "554 5.7.1 see http://x")
        #expect(replies.said == "554 5.7.1 Blocked 5.7.1 see http://x")
    }

    @Test func `the last line of an IMAP server comes without its tag`() {
        let lines = "* OK hi\r\nA002 NO [LIMIT] Maximum number of connections\r\n"
        #expect(ServerWords.lastLine(of: Array(lines.utf8)) == "NO [LIMIT] Maximum number of connections")
        #expect(ServerWords.lastLine(of: []).isEmpty)
    }

    @Test func `the answer to a log-out says nothing of what failed before it`() {
        let lines = "A005 NO Mailbox doesn't exist: X\r\n* BYE Logging out\r\nA006 OK Logout completed.\r\n"
        #expect(ServerWords.lastLine(of: Array(lines.utf8)) == "NO Mailbox doesn't exist: X")
        #expect(ServerWords.lastLine(of: Array("* BYE Too many connections\r\n".utf8)) == "BYE Too many connections")
    }
}
