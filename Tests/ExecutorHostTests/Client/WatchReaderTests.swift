import JSON
import JobModel
import Testing

@testable import ExecutorHost

/// What a watch makes of its messages, by plain calls.
struct WatchReaderTests {
    private func event(_ seq: Int64?, _ type: String = "step", _ data: JSONObject = [:]) -> JSONObject {
        var json: JSONObject = [
            "v": 1, "type": .string(type), "job_id": "j", "tenant": "default", "epoch": 1,
            "ts": "2026-03-01T08:30:00Z", "data": .object(data),
        ]
        json["seq"] = seq.map(JSONValue.integer)
        return json
    }

    private func isShown(_ step: WatchReader.Step?) -> Bool {
        if case .show = step { true } else { false }
    }

    @Test func `events are shown once and in order, ticks always`() {
        var reader = WatchReader()
        #expect(reader.take(["type": "hello", "last_seq": 9]) == nil)
        #expect(isShown(reader.take(event(1))) && isShown(reader.take(event(2))))
        #expect(reader.take(event(2)) == nil)
        #expect(isShown(reader.take(event(nil, "progress"))))
        #expect(reader.last == 2 && !reader.isOver)
    }

    @Test func `a hole is missed, unless a gap was told`() {
        var reader = WatchReader()
        _ = reader.take(event(1))
        #expect(reader.take(event(4)) == .missed)
        #expect(reader.last == 1)
        #expect(reader.take(["type": "gap", "after": 1, "before": 4, "reason": "expired"]) == nil)
        #expect(isShown(reader.take(event(4))))
        #expect(reader.take(["type": "gap", "after": 2, "reason": "position_unknown"]) == nil)
        #expect(reader.last == 2)
    }

    @Test func `a page may begin later than what was seen`() {
        var reader = WatchReader()
        #expect(isShown(reader.takePage(event(7))))
        #expect(reader.last == 7)
    }

    @Test func `the end and a review are over, until something follows`() {
        var reader = WatchReader()
        _ = reader.take(event(1, "end"))
        #expect(reader.isOver)
        _ = reader.take(event(2, "state", ["state": "pending"]))
        #expect(!reader.isOver)
        _ = reader.take(event(3, "state", ["state": "needs_review"]))
        #expect(reader.isOver)
    }

    @Test func `close codes say whether to come back`() {
        #expect(WatchSocket.Ending(code: 4000, reason: "end") == .ended)
        for code: UInt16 in [4001, 4002, 4008, 4012, 1006, 1001] {
            #expect(WatchSocket.Ending(code: code, reason: "") == .comeBack)
        }
        for code: UInt16 in [4500, 4504] {
            if case .refused = WatchSocket.Ending(code: code, reason: "") { continue }
            Issue.record("\(code) may come back")
        }
        if case .impossible = WatchSocket.Ending(code: 4505, reason: "") {} else { Issue.record("4505 may come back") }
    }
}
