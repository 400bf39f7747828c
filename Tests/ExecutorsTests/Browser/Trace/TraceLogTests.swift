import BrowserAutomation
import JSON
import JobModel
import Testing

@testable import Executors

struct TraceLogTests {
    @Test func `the oldest snapshots go first, the newest stays whatever it takes`() {
        var log = TraceLog(limit: 1000)
        let numbers = (0..<5).map { _ in log.nextSnapshot() }
        for number in numbers { log.add(Self.snapshot(400), as: number) }
        #expect(log.snapshots.keys.sorted() == [4, 5])
        #expect(log.droppedSnapshots == 3)
        log.add(Self.snapshot(5000), as: log.nextSnapshot())
        #expect(log.snapshots.keys.sorted() == [6])
    }

    @Test func `pictures go before snapshots, but not that of the last step`() {
        var log = TraceLog(limit: 1000)
        log.add(Self.snapshot(300), as: log.nextSnapshot())
        for place in 0..<3 {
            var step = Self.step("s\(place)", at: place)
            step.picture = String(repeating: "x", count: 500)
            log.add(step)
        }
        #expect(log.steps.map { $0.picture != nil } == [false, false, true])
        #expect(log.snapshots.count == 1)
    }

    @Test func `steps stand in the order they began, and are bounded`() {
        var log = TraceLog(limit: 1000)
        for place in [0, 2, 1, 3] { log.add(Self.step("s\(place)", at: place)) }
        #expect(log.steps.map(\.id) == ["s0", "s1", "s2", "s3"])
        for place in 4..<TraceLog.stepLimit + 10 { log.add(Self.step("s\(place)", at: place)) }
        #expect(log.steps.count == TraceLog.stepLimit && log.droppedSteps == 10)
    }

    @Test func `a snapshot that found nothing new is the earlier one`() {
        var log = TraceLog(limit: 10_000)
        let (first, second, third) = (log.nextSnapshot(), log.nextSnapshot(), log.nextSnapshot())
        log.add(Self.snapshot(10), as: first)
        log.add(sameAs: first, as: second)
        log.add(sameAs: second, as: third)
        #expect(log.kept(third) == first)
        #expect(log.kept(99) == nil && log.kept(nil) == nil)
    }

    @Test(arguments: [
        (JSONValue.null, TraceMode.onFailure), ("on", .on), (true, .on), (false, .off), ("off", .off),
        ("on_failure", .onFailure),
    ])
    func `the scenario says when; YAML's own words for yes and no are understood`(value: JSONValue, mode: TraceMode)
        throws
    {
        #expect(try TraceMode(scenario: value, of: "trace", unlessSet: .onFailure) == mode)
        let error = #expect(throws: StepFailure.self) {
            try TraceMode(scenario: "sometimes", of: "recording", unlessSet: .off)
        }
        #expect(error?.message.contains("browser.recording") == true)
    }

    private static let start = ContinuousClock.now

    private static func step(_ id: String, at place: Int) -> TraceStep {
        TraceStep(id: id, action: "click", page: "main", began: start + .milliseconds(place))
    }

    private static func snapshot(_ size: Int) -> PageSnapshot {
        PageSnapshot(url: "http://a.example/", title: "", html: String(repeating: "x", count: size))
    }
}
