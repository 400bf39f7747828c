import JSON
import Testing

@testable import MicrosoftGraph

@Suite struct UploadSessionTests {
    private static func session() -> UploadSession { UploadSession(total: 1000, chunk: 400) }

    @Test func `pieces follow each other in order to the end`() {
        var session = Self.session()
        #expect(session.start() == .put(0..<400))
        #expect(session.handle(.taken(next: 400)) == .put(400..<800))
        #expect(session.handle(.taken(next: nil)) == .put(800..<1000))
        #expect(session.handle(.complete) == .finish)
    }

    @Test func `a broken piece is asked about, and the upload goes on where the service wants it`() {
        var session = Self.session()
        _ = session.start()
        _ = session.handle(.taken(next: 400))
        #expect(session.handle(.broken) == .ask)
        #expect(session.handle(.expects(600)) == .put(600..<1000))
        #expect(session.handle(.broken) == .ask)
        #expect(session.handle(.expects(400)) == .put(400..<800))
    }

    @Test func `failures without progress wait longer and end the session`() {
        var session = Self.session()
        _ = session.start()
        #expect(session.handle(.broken) == .ask)
        #expect(session.handle(.broken) == .wait(.seconds(1)))
        #expect(session.handle(.waited) == .ask)
        #expect(session.handle(.expects(0)) == .put(0..<400))
        #expect(session.handle(.broken) == .wait(.seconds(2)))
        #expect(session.handle(.waited) == .ask)
        #expect(session.handle(.broken) == .giveUp)
    }

    @Test func `progress forgives earlier failures`() {
        var session = UploadSession(total: 1_000_000, chunk: 10)
        _ = session.start()
        for next in 1...50 {
            #expect(session.handle(.broken) == .ask)
            #expect(session.handle(.expects(next * 10)) == .put(next * 10..<next * 10 + 10))
        }
    }

    @Test(arguments: [
        UploadSession.Event.gone, .unanswered, .expects(1000), .expects(-1), .expects(5000), .taken(next: 1000),
    ])
    func `what cannot be gone on with is given up`(event: UploadSession.Event) {
        var session = Self.session()
        _ = session.start()
        #expect(session.handle(event) == .giveUp)
    }

    @Test func `throttling waits and sends the same piece again`() {
        var session = Self.session()
        _ = session.start()
        #expect(session.handle(.throttled(.seconds(7))) == .wait(.seconds(7)))
        #expect(session.handle(.waited) == .put(0..<400))
    }

    @Test(arguments: [
        (#"{"nextExpectedRanges":["2097152"]}"#, 2_097_152), (#"{"nextExpectedRanges":["5-"]}"#, 5),
        (#"{"nextExpectedRanges":["5-9","20-"]}"#, 5), (#"{"nextExpectedRanges":[]}"#, nil), ("{}", nil),
        (#"{"nextExpectedRanges":["x"]}"#, nil), (#"{"nextExpectedRanges":"7"}"#, nil),
    ])
    func `the next place is read in every form seen`(text: String, next: Int?) throws {
        #expect(UploadSession.next(try JSONValue(parsing: text)) == next)
    }
}
