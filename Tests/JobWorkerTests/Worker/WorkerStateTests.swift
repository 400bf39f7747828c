import JobModel
import JobQueue
import Testing

@testable import JobWorker

private let start = ContinuousClock.now
private func lease(_ job: String) -> Lease {
    Lease(job: JobID(job), tenant: .default, worker: WorkerID("w"), epoch: Epoch(1))
}

@Suite struct WorkerStateTests {
    private var state = WorkerState(capacity: 2, drainLimit: .seconds(25), handBackLimit: .seconds(5))

    @Test func `it claims as many jobs as it has room for, one claim at a time`() {
        var state = state
        #expect(state.next(at: start) == .claim(upTo: 2, finishing: []))
        #expect(state.next(at: start) == .wait(until: nil))
        #expect(state.claimed(1) == true)
        #expect(state.next(at: start) == .claim(upTo: 1, finishing: []))
        #expect(state.claimed(1) == true)
        #expect(state.next(at: start) == .wait(until: nil))
        state.jobEnded(finishing: nil, hasReported: false)
        #expect(state.next(at: start) == .claim(upTo: 1, finishing: []))
    }

    @Test func `a job whose end is on its way leaves its place to the next`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(2)
        state.jobReports()
        #expect(state.next(at: start) == .claim(upTo: 1, finishing: []))
        #expect(state.claimed(1) == true)
        state.jobEnded(finishing: lease("a"), hasReported: true)
        #expect(state.next(at: start) == .finish([lease("a")]))
        #expect((state.jobs, state.reporting) == (2, 0))
    }

    @Test func `no more are on their way than there are places, so that a silent scheduler stops the claims`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(2)
        state.jobReports()
        state.jobReports()
        #expect(state.next(at: start) == .claim(upTo: 2, finishing: []))
        #expect(state.claimed(2) == true)
        state.jobReports()
        #expect(state.next(at: start) == .wait(until: nil))
        state.jobEnded(finishing: nil, hasReported: true)
        #expect(state.next(at: start) == .claim(upTo: 1, finishing: []))
    }

    @Test func `drained it waits for the ends that are on their way`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(1)
        state.jobReports()
        state.drain(at: start)
        #expect(state.next(at: start) == .wait(until: start + .seconds(20)))
        state.jobEnded(finishing: nil, hasReported: true)
        #expect(state.next(at: start) == .end)
    }

    @Test func `leases of jobs that ended ride with the next claim`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(2)
        state.jobEnded(finishing: lease("a"), hasReported: false)
        state.jobEnded(finishing: lease("b"), hasReported: false)
        #expect(state.next(at: start) == .claim(upTo: 2, finishing: [lease("a"), lease("b")]))
    }

    @Test func `while a claim waits they are given back by themselves, one call at a time`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(1)
        _ = state.next(at: start)
        state.jobEnded(finishing: lease("a"), hasReported: false)
        #expect(state.next(at: start) == .finish([lease("a")]))
        #expect(state.claimed(1) == true)
        #expect(state.next(at: start) == .claim(upTo: 1, finishing: []))
        state.jobEnded(finishing: lease("b"), hasReported: false)
        #expect(state.next(at: start) == .wait(until: nil))
        state.gaveBack()
        #expect(state.next(at: start) == .finish([lease("b")]))
    }

    @Test func `leases a failed claim should have given back go with the next`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(2)
        state.jobEnded(finishing: lease("a"), hasReported: false)
        _ = state.next(at: start)
        state.claimedNothing(nextAt: nil, unfinished: [lease("a")])
        #expect(state.next(at: start) == .claim(upTo: 1, finishing: [lease("a")]))
    }

    @Test func `drained it ends when its leases are given back`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(1)
        state.drain(at: start)
        state.jobEnded(finishing: lease("a"), hasReported: false)
        #expect(state.next(at: start) == .finish([lease("a")]))
        #expect(state.next(at: start) == .wait(until: start + .seconds(20)))
        state.gaveBack()
        #expect(state.next(at: start) == .end)
    }

    @Test func `after a failed claim it waits`() {
        var state = state
        _ = state.next(at: start)
        state.claimedNothing(nextAt: start + .seconds(1))
        #expect(state.next(at: start) == .wait(until: start + .seconds(1)))
        #expect(state.next(at: start + .seconds(1)) == .claim(upTo: 2, finishing: []))
    }

    @Test func `drained with nothing to do it ends at once`() {
        var state = state
        state.drain(at: start)
        #expect(state.next(at: start) == .end)
    }

    @Test func `drained it claims nothing, lets its jobs go on for 20 s, hands back, and abandons after 25 s`() {
        drain(state)
    }

    @Test func `positive control: a worker without a limit to its drain is noticed`() {
        withKnownIssue("there is no limit") {
            drain(WorkerState(capacity: 2, drainLimit: .seconds(86_400), handBackLimit: .seconds(5)))
        }
    }

    private func drain(_ fresh: WorkerState) {
        var state = fresh
        _ = state.next(at: start)
        _ = state.claimed(1)
        state.drain(at: start)
        #expect(state.next(at: start) == .wait(until: start + .seconds(20)))
        #expect(state.next(at: start + .seconds(20)) == .handBack)
        #expect(state.next(at: start + .seconds(20)) == .wait(until: start + .seconds(25)))
        #expect(state.next(at: start + .seconds(25)) == .abandon)
        #expect(state.next(at: start + .seconds(25)) == .wait(until: nil))
        state.jobEnded(finishing: nil, hasReported: false)
        #expect(state.next(at: start + .seconds(26)) == .end)
    }

    @Test func `drained it ends as soon as its last job has`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(1)
        state.drain(at: start)
        state.jobEnded(finishing: nil, hasReported: false)
        #expect(state.next(at: start + .seconds(1)) == .end)
    }

    @Test func `a claim under way when the drain comes is waited for, and its job goes back`() {
        var state = state
        _ = state.next(at: start)
        state.drain(at: start)
        #expect(state.next(at: start) == .wait(until: start + .seconds(20)))
        #expect(state.claimed(1) == false)
        state.jobEnded(finishing: nil, hasReported: false)
        #expect(state.next(at: start) == .end)
    }

    @Test func `a second drain does not give more time`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(1)
        state.drain(at: start)
        state.drain(at: start + .seconds(10))
        #expect(state.next(at: start + .seconds(20)) == .handBack)
    }

    @Test func `a stop abandons once and waits for the jobs to end`() {
        var state = state
        _ = state.next(at: start)
        _ = state.claimed(1)
        #expect(state.stop() == true)
        #expect(state.stop() == false)
        #expect(state.next(at: start) == .wait(until: nil))
        state.jobEnded(finishing: nil, hasReported: false)
        #expect(state.next(at: start) == .end)
    }
}
