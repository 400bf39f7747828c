import JSON
import JobModel
import Storage
import Testing

@testable import JobScheduler

@Suite struct JobChangeTests {
    private let fence = JobChange.Fence(worker: WorkerID("w1"), epoch: Epoch(3))

    private func job(_ state: JobState) -> JobRecord {
        var job = JobRecord(
            id: JobID("j1"),
            tenant: .default,
            principal: "cli",
            name: "n",
            scenario: StoredJSON([:]),
            submitted: 1_000
        )
        job.state = state
        job.epoch = Epoch(2)
        job.lastSequence = 5
        if state == .running {
            job.epoch = fence.epoch
            job.worker = fence.worker
        }
        return job
    }

    private func change(_ state: JobState, at now: Int64 = 2_000) -> JobChange {
        JobChange(job(state), at: now, by: "cli")
    }

    /// The state an operation leads to from each state; nil where it is refused.
    private func outcomes(_ operation: (inout JobChange) throws -> Void) -> [JobState: JobState] {
        var outcomes: [JobState: JobState] = [:]
        for state in JobState.allCases {
            var change = change(state)
            if (try? operation(&change)) != nil { outcomes[state] = change.job.state }
        }
        return outcomes
    }

    @Test func `cancel ends what waits, asks what runs, and refuses what ended otherwise`() {
        #expect(
            outcomes { _ = try $0.cancel() } == [
                .pending: .cancelled, .scheduled: .cancelled, .waitingApproval: .cancelled, .needsReview: .cancelled,
                .running: .running, .cancelled: .cancelled,
            ]
        )
    }

    @Test func `only a waiting job can be agreed to`() {
        let fence = JobChange.Fence(worker: WorkerID("w2"), epoch: Epoch(9))
        #expect(outcomes { try $0.agree(fence) } == [.pending: .running, .scheduled: .running])
    }

    @Test func `only the holder's job can end by a report`() {
        let failure = JobChange.Failure(reason: .timeout, message: "late", step: nil, isRetryable: false)
        #expect(outcomes { try $0.done(fence, outputs: [:]) } == [.running: .done])
        #expect(outcomes { try $0.failed(fence, failure, .job) { $0.upperBound } } == [.running: .failed])
        #expect(outcomes { try $0.refused(fence, reason: "drain") } == [.running: .pending])
    }

    @Test func `only an ended job can be retried, a done one only afresh`() {
        let states: [JobState: JobState] = [.failed: .pending, .cancelled: .pending, .dead: .pending]
        #expect(outcomes { try $0.retry(isFresh: false) } == states)
        #expect(outcomes { try $0.retry(isFresh: true) } == states.merging([.done: .pending]) { $1 })
    }

    @Test func `only a job in doubt can be resolved`() {
        #expect(outcomes { _ = try $0.resolve(.fail, tasks: []) } == [.needsReview: .failed])
        #expect(outcomes { _ = try $0.resolve(.redo, tasks: []) } == [.needsReview: .pending])
        #expect(outcomes { _ = try $0.resolve(.done, tasks: []) } == [.needsReview: .done])
    }

    @Test func `an ended job has one end event, last, and no holes before it`() throws {
        var change = change(.running)
        try change.done(fence, outputs: ["a": 1])
        #expect(change.events.map(\.seq) == [6, 7])
        #expect(change.events.map(\.kind) == [.state, .end])
        #expect(change.events[1].data["outputs"] == ["a": 1])
        #expect(change.job.lastSequence == 7)
        #expect(change.job.ended == 2_000)
    }

    @Test func `whoever leaves running gives up the lease`() throws {
        var change = change(.running)
        try change.refused(fence, reason: "drain")
        #expect(change.job.worker == nil)
        #expect(change.job.epoch == fence.epoch)
        #expect(change.feedsIndex)
    }

    @Test func `a worker that cannot have a job does not get it back at once`() throws {
        var change = change(.running)
        try change.refused(fence, reason: "no_capable_worker")
        #expect(change.job.state == .scheduled)
        #expect(change.job.notBefore == 7_000)
    }

    @Test func `a retry that could only begin after the deadline is not made`() throws {
        var row = job(.running)
        row.maxRetries = 5
        row.deadline = 2_500
        var change = JobChange(row, at: 2_000, by: "w")
        let failure = JobChange.Failure(reason: .timeout, message: "late", step: nil, isRetryable: true)
        try change.failed(fence, failure, .job) { $0.upperBound }
        #expect(change.job.state == .failed)
    }

    @Test func `the loss of a lease counts once`() {
        var first = change(.running)
        let isLost = first.lost(fence, .init(losses: 3, interruptions: 10), isCounted: true)
        #expect(isLost)
        #expect(first.job.losses == 1)
        var again = JobChange(first.job, at: 3_000, by: "scheduler")
        let isLostAgain = again.lost(fence, .init(losses: 3, interruptions: 10), isCounted: true)
        #expect(!isLostAgain)
    }
}
