import CDPProtocol
import JSON
import Testing

@testable import BrowserAutomation

@Suite struct DownloadLogTests {
    private func began(_ id: String) throws -> BrowserDomain.DownloadWillBeginEvent {
        try .init(from: ["frameId": "F", "guid": .string(id), "url": "http://a/", "suggestedFilename": "a.pdf"])
    }

    private func progress(_ id: String, _ state: String, received: Int = 10, total: Int = 20) throws
        -> BrowserDomain.DownloadProgressEvent
    {
        try .init(
            from: [
                "guid": .string(id), "state": .string(state), "receivedBytes": JSONValue(received),
                "totalBytes": JSONValue(total),
            ]
        )
    }

    @Test func `a mark finds the first download that began after it`() throws {
        var log = DownloadLog()
        log.began(try began("1"))
        let mark = log.count
        #expect(log.first(after: mark) == nil)
        log.began(try began("2"))
        log.began(try began("2"))
        log.began(try began("3"))
        #expect(log.first(after: mark)?.id == "2")
        #expect(log.count == 3)
    }

    @Test func `a download ends once: completed, broken off, or too large`() throws {
        var log = DownloadLog()
        for id in ["1", "2", "3"] { log.began(try began(id)) }
        #expect(!log.progressed(try progress("1", "completed", received: 20), maximumBytes: 100))
        #expect(!log.progressed(try progress("2", "canceled"), maximumBytes: 100))
        #expect(log.progressed(try progress("3", "inProgress", total: 101), maximumBytes: 100))
        #expect(!log.progressed(try progress("3", "canceled"), maximumBytes: 100))
        #expect(!log.progressed(try progress("unknown", "completed"), maximumBytes: 100))
        #expect(log.entries.map(\.state) == [.completed, .cancelled, .tooLarge])
    }

    @Test func `a download that begins anew is over, one that goes on is not`() throws {
        var log = DownloadLog()
        for id in ["anew", "other", "late", "on", "packed"] { log.began(try began(id)) }
        for id in ["anew", "other", "late", "on"] {
            #expect(!log.progressed(try progress(id, "inProgress"), maximumBytes: 100))
        }
        #expect(log.progressed(try progress("anew", "inProgress", received: 0), maximumBytes: 100))
        #expect(log.progressed(try progress("other", "inProgress", received: 10, total: 38), maximumBytes: 100))
        #expect(log.progressed(try progress("late", "completed", received: 10, total: 10), maximumBytes: 100))
        #expect(!log.progressed(try progress("on", "inProgress"), maximumBytes: 100))
        #expect(!log.progressed(try progress("on", "completed", received: 20), maximumBytes: 100))
        // What is compressed has no length before its end.
        #expect(!log.progressed(try progress("packed", "inProgress", received: 5, total: 0), maximumBytes: 100))
        #expect(!log.progressed(try progress("packed", "completed", received: 9, total: 9), maximumBytes: 100))
        #expect(log.entries.map(\.state) == [.interrupted, .interrupted, .interrupted, .completed, .completed])
    }

    @Test func `an announced length that no integer holds is too large, like any other`() throws {
        var log = DownloadLog()
        log.began(try began("1"))
        // What Chromium makes of `Content-Length: 9223372036854775807`.
        let event = try BrowserDomain.DownloadProgressEvent(
            from: ["guid": "1", "state": "inProgress", "receivedBytes": 10, "totalBytes": 9_223_372_036_854_775_808.0]
        )
        let isTooLarge = log.progressed(event, maximumBytes: 100)
        #expect(isTooLarge && log.entries.map(\.state) == [.tooLarge])
    }

    @Test func `an endless download without a length is found by what arrived`() throws {
        var log = DownloadLog()
        log.began(try began("1"))
        #expect(!log.progressed(try progress("1", "inProgress", received: 100, total: 0), maximumBytes: 100))
        #expect(log.progressed(try progress("1", "inProgress", received: 101, total: 0), maximumBytes: 100))
    }

    @Test func `the log is bounded and marks stay true`() throws {
        var log = DownloadLog()
        for number in 0..<250 { log.began(try began("\(number)")) }
        #expect(log.entries.count == 100)
        #expect(log.first(after: 249)?.id == "249")
        #expect(log.first(after: 0) == nil)
    }
}
