import JSON
import JobModel
import Synchronization
import Telemetry
import Testing

@testable import JobWorker

private let message = LAMMessage(
    id: "m1",
    timestamp: 0,
    type: .agree,
    sender: "agent://worker/w",
    to: ["agent://scheduler"],
    payload: ["job_id": "j1", "worker": "w"]
)

/// Fails as often as told, then answers.
private final class FailingLink: SchedulerLink {
    private let errors: Mutex<[any Error]>
    private let count = Mutex(0)

    init(_ errors: [any Error]) { self.errors = Mutex(errors) }

    var tries: Int { count.withLock { $0 } }

    func send(_ message: LAMMessage) async throws -> JSONObject {
        count.withLock { $0 += 1 }
        if let error = errors.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw error }
        return ["ok": true]
    }

    func putArtifact(_ artifact: Artifact, from path: String, of job: JobID, epoch: Epoch, worker: WorkerID)
        async throws
    {
        _ = try await send(message)
    }

    func getArtifact(
        _ artifact: Artifact,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID,
        to path: String
    ) async throws {}
}

@Suite(.timeLimit(.minutes(1))) struct MessageSenderTests {
    private let clock = ManualClock()

    private func sender(_ link: FailingLink) -> MessageSender {
        MessageSender(link: link, clock: clock.clock, logger: .silent)
    }

    @Test func `it tries until there is an answer, with growing pauses`() async throws {
        let link = FailingLink([SchedulerUnavailable(message: "1"), SchedulerUnavailable(message: "2")])
        let sender = self.sender(link)
        async let answer = sender.send(message)
        await clock.advance(by: .milliseconds(100))
        await clock.advance(by: .milliseconds(200))
        #expect(try await answer == ["ok": true])
        #expect(link.tries == 3)
    }

    @Test func `it waits as long as the scheduler asks`() async throws {
        let link = FailingLink([SchedulerUnavailable(message: "1", retryAfter: .seconds(9))])
        let sender = self.sender(link)
        async let answer = sender.send(message)
        await clock.advance(by: .seconds(9))
        #expect(try await answer == ["ok": true])
    }

    @Test func `a refusal is final, one by an overloaded scheduler is not`() async throws {
        let final = FailingLink([SchedulerRefusal(status: 409, reason: .staleEpoch, message: "x")])
        await #expect(throws: SchedulerRefusal.self) { try await self.sender(final).send(message) }
        let busy = FailingLink([SchedulerRefusal(status: 503, reason: .ioError, message: "x")])
        let sender = self.sender(busy)
        async let answer = sender.send(message)
        await clock.advance(by: .milliseconds(100))
        #expect(try await answer == ["ok": true])
    }

    @Test func `a full disk is not waited for`() async throws {
        let link = FailingLink([SchedulerRefusal(status: 507, reason: .storageFull, message: "x")])
        let artifact = Artifact(name: "a", bytes: 0, sha256: "", contentType: "")
        await #expect(throws: SchedulerRefusal.self) {
            try await self.sender(link).put(artifact, from: "", of: "j1", epoch: Epoch(1), worker: "w")
        }
    }

    @Test func `cancelling ends it at once`() async throws {
        let link = FailingLink(Array(repeating: SchedulerUnavailable(message: "x"), count: 100))
        let sender = self.sender(link)
        let task = Task { try await sender.send(message) }
        await clock.advance(by: .milliseconds(100))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `pauses double up to the longest and begin anew after a success`() {
        var backoff = Backoff(first: .seconds(1), longest: .seconds(5)) { $0.upperBound }
        #expect(
            (0..<5).map { _ in backoff.pause() } == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)]
        )
        backoff.reset()
        #expect(backoff.pause() == .seconds(1))
    }
}
