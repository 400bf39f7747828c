import Executors
import FoundationEssentials
import JSON
import JobModel
import JobQueue
import Synchronization
import Testing

@testable import JobWorker

/// docs/lam.md shows the messages as the worker really makes them.
@Suite struct MessageDocumentTests {
    private static let place = JobPlan.JournalPlace("send")
    private static let pdf = Artifact(
        name: "invoice.pdf",
        bytes: 48123,
        sha256: String(repeating: "0a", count: 32),
        contentType: "application/pdf"
    )

    private static func report(_ status: StepReport.Status) -> StepReport {
        var report = StepReport(place: place, status: status, action: .sendMail, isEffect: true, attempts: 1)
        report.started = 1_795_214_400_100
        return report
    }

    private static func ended(_ status: StepReport.Status) -> StepReport {
        var report = report(status)
        report.ended = 1_795_214_401_350
        report.duration = .milliseconds(1250)
        return report
    }

    /// Every message of a worker, in the order of the document.
    private static func messages() -> [LAMMessage] {
        let number = Numbers()
        let messages = WorkerMessages(
            lease: Lease(job: "j1", tenant: .default, worker: "w1", epoch: Epoch(3)),
            clock: WorkerClock(now: { .now }, wall: { 1_795_214_400_000 }, sleep: { _ in }),
            newID: { number.next() }
        )
        var task = ToDo(id: "send", index: 0, action: .sendMail)
        task.timeout = .seconds(8)
        let start = JobRun.Start(place: place, mode: .executeEffect, task: task, attempt: 1)
        var done = ended(.done)
        done.outcome = StepOutcome(outputs: ["message_id": "AAMk"], artifacts: [pdf], touched: "rechnung@firma.de")
        var failed = ended(.failed)
        failed.failure = StepFailure(
            reason: .mailThrottled,
            message: "Graph asked to wait longer than the step may take.",
            isRetryable: true
        )
        var skipped = StepReport(place: place, status: .skipped, action: .sendMail, isEffect: false, attempts: 0)
        skipped.skipReason = "condition"
        let failure = JobFailure(
            reason: .mailThrottled,
            message: "Graph asked to wait longer than the step may take.",
            step: "send",
            isRetryable: true
        )
        return [
            messages.agree(), messages.step(report(.running)), messages.intent(start, isPreparing: false),
            messages.progress(place, ["uploaded": 1_048_576]), messages.step(done), messages.step(failed),
            messages.step(skipped), messages.done(["mail": "AAMk"], duration: .seconds(2)),
            messages.failure(failure, duration: .seconds(2)), messages.refuse("drain"),
            messages.delegate(
                place,
                ["mode": "start", "capability": "calculator.add", "input": ["a": 3], "timeout_ms": 60000]
            ),
        ]
    }

    @Test func `the examples of the document are read, and are what the worker sends`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/lam.md")
        let text = try String(contentsOf: path.standardized, encoding: .utf8)
        let examples = try text.split(separator: "\n").filter { $0.hasPrefix("{\"id\"") }
            .map { try LAMMessage(parsing: Array($0.utf8)) }
        let expected = Self.messages()
        for (index, message) in expected.enumerated() {
            let isThere = index < examples.count && examples[index] == message
            #expect(isThere, "the document lacks \(message.json.text())")
        }
        #expect(examples.count == expected.count)
    }

    @Test func `an assignment is read from the acknowledgement the document shows`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/lam.md")
        let text = try String(contentsOf: path.standardized, encoding: .utf8)
        let begin = try #require(text.firstRange(of: "{\"job\":"))
        let end = try #require(text[begin.lowerBound...].firstRange(of: "```"))
        let json = try JSONValue(parsing: String(text[begin.lowerBound..<end.lowerBound]))
        let assignment = try Assignment(acknowledgement: try #require(json.object))
        #expect(assignment.attempt == 1 && assignment.run == 0)
        #expect(assignment.journal[.init("mail")]?.outcome == nil)
        #expect(assignment.artifacts.map(\.name) == ["invoice.pdf"])
    }

    @Test(arguments: [
        "{}", #"{"job": {}}"#, #"{"job": {"id": "j"}}"#,
        #"{"job": {"id": "j", "scenario": {}}, "journal": [{"step_id": "a", "state": "odd"}]}"#,
        #"{"job": {"id": "j", "scenario": {}}, "artifacts": [{"name": "a"}]}"#,
    ])
    func `an acknowledgement that lacks something is refused and says what`(text: String) throws {
        let object = try #require(try JSONValue(parsing: text).object)
        let error = #expect(throws: StepFailure.self) { try Assignment(acknowledgement: object) }
        #expect(error?.message.contains("has no usable") == true)
    }
}

/// `m1`, `m2`, …
private final class Numbers: Sendable {
    private let counter = Mutex(0)

    func next() -> MessageID {
        counter.withLock { counter in
            counter += 1
            return MessageID("m\(counter)")
        }
    }
}
