import Executors
import JSON
import JobModel
import Testing

@testable import JobWorker

@Suite struct JobRunForEachTests {
    @Test func `a task runs once per item, each with its own iteration, in parallel off the page`() {
        var run = RunHarness(
            [entry("a"), entry("m", after: [0]) { $0.forEach = "$a.rows" }],
            outputs: ["all": "$m.items"]
        )
        run.done("a", ["rows": ["x", "y", "z", "u", "v"]])
        #expect(run.atWork == ["m", "m#1", "m#2", "m#3"])
        #expect(run.open.values.first { $0.place.iteration == 2 }?.task.fields["item"] == "z")
        for step in ["m#3", "m", "m#2", "m#1"] { run.done(step, ["of": .string(step)]) }
        run.done("m#4", ["of": "m#4"])
        #expect(
            run.result?.outputs?["all"] == [
                ["of": "m"], ["of": "m#1"], ["of": "m#2"], ["of": "m#3"], ["of": "m#4"],
            ]
        )
    }

    @Test func `iterations on a page run one after the other`() {
        var run = RunHarness([entry("c", .page, page: "main") { $0.forEach = [1, 2] }])
        #expect(run.atWork == ["c"])
        run.done("c")
        #expect(run.atWork == ["c#1"])
        run.done("c#1")
        #expect(run.result?.outputs == [:])
    }

    @Test func `an empty list is done at once`() {
        let run = RunHarness([entry("m") { $0.forEach = [] }], outputs: ["all": "$m.items"])
        #expect(run.result?.outputs == ["all": []])
    }

    @Test(arguments: [JSONValue.string("text"), 5, nil])
    func `what is no list is refused`(value: JSONValue) {
        let run = RunHarness([entry("m") { $0.forEach = value }])
        #expect(run.result?.failure?.reason == .invalidInput)
        #expect(run.result?.failure?.message.contains("for_each") == true)
    }

    @Test func `after a failed iteration no new one starts, and those at work finish`() {
        var run = RunHarness([entry("m") { $0.forEach = [1, 2, 3, 4, 5, 6] }])
        run.fail("m#1", isRetryable: false)
        for step in ["m", "m#2", "m#3"] { run.done(step) }
        #expect(run.started.count == 4)
        #expect(run.result?.failure?.step == "m")
    }

    @Test func `with on_error continue every item has its turn`() {
        var run = RunHarness([
            entry("m") {
                $0.forEach = [1, 2]
                $0.onError = .continue
            }
        ])
        run.fail("m", isRetryable: false)
        run.done("m#1")
        #expect(run.result?.outputs == [:])
    }

    @Test func `an item that changed between attempts is never taken for the one that was done`() {
        let known = row([:], itemHash: "hash of another item")
        let run = RunHarness([entry("m", .effect) { $0.forEach = ["x"] }], journal: [.init("m"): known])
        #expect(run.started.isEmpty)
        #expect(run.result?.failure?.reason == .stepInDoubt)
    }
}
