import JobModel
import JobQueue
import Synchronization

/// A dispatch index that gives what the test puts in, and answers heartbeats as the test says.
final class FakeIndex: DispatchIndex {
    private struct State {
        var jobs: [JobID] = []
        var epoch: Int64 = 0
        var finished: [Lease] = []
        var beats: [[Lease]] = []
        var claims = 0
        var waiting: [(worker: WorkerID, continuation: CheckedContinuation<Lease?, any Error>)] = []
        var beatWatchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var claimWatchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var finishWatchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var cancels: AsyncStream<JobID>.Continuation?
        var listenerWatchers: [CheckedContinuation<Void, Never>] = []
    }

    private struct Away: Error {}

    private let reply: @Sendable (Lease, _ beat: Int) async throws -> HeartbeatReply
    private let isAway = Atomic(false)
    private let questions = Atomic(0)
    private let state = Mutex(State())

    init(reply: @escaping @Sendable (Lease, _ beat: Int) async throws -> HeartbeatReply = { _, _ in .held }) {
        self.reply = reply
    }

    var finished: [Lease] { state.withLock { $0.finished } }
    var beats: [[Lease]] { state.withLock { $0.beats } }
    var claims: Int { state.withLock { $0.claims } }

    /// How often it was asked for its clock.
    var asked: Int { questions.load(ordering: .relaxed) }

    /// Answers no renewal and does not tell its clock, or does so again; claims go on.
    func setAway(_ isAway: Bool) { self.isAway.store(isAway, ordering: .relaxed) }

    /// Makes a job claimable.
    func add(_ job: JobID) {
        let claim = state.withLock { state in
            state.jobs.append(job)
            return Self.match(&state)
        }
        claim?()
    }

    /// Makes a job claimable under the epoch that was given out last, as after a loss of everything.
    func addAgain(_ job: JobID) {
        state.withLock { $0.epoch -= 1 }
        add(job)
    }

    /// Ends every claim that waits, without a job.
    func endClaims() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for claim in waiting { claim.continuation.resume(returning: nil) }
    }

    /// Fails every claim that waits.
    func failClaims() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for claim in waiting { claim.continuation.resume(throwing: Away()) }
    }

    /// Waits until so many claims were made.
    func claim(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.claims >= count { return true }
                state.claimWatchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Waits until so many leases were given back.
    func finish(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.finished.count >= count { return true }
                state.finishWatchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func giveBack(_ leases: [Lease]) {
        let watchers = state.withLock { state in
            state.finished += leases
            let count = state.finished.count
            let ready = state.finishWatchers.filter { $0.count <= count }
            state.finishWatchers.removeAll { $0.count <= count }
            return ready
        }
        for watcher in watchers { watcher.continuation.resume() }
    }

    /// Waits until somebody listens for cancellations.
    func listener() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.cancels != nil { return true }
                state.listenerWatchers.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func pushCancel(_ job: JobID) { _ = state.withLock { $0.cancels }?.yield(job) }

    /// Waits until so many heartbeats came.
    func beat(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.beats.count >= count { return true }
                state.beatWatchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private static func match(_ state: inout State) -> (() -> Void)? {
        guard let job = state.jobs.first, let claim = state.waiting.first else { return nil }
        state.jobs.removeFirst()
        state.waiting.removeFirst()
        state.epoch += 1
        let lease = Lease(job: job, tenant: .default, worker: claim.worker, epoch: Epoch(state.epoch))
        return { claim.continuation.resume(returning: lease) }
    }

    func claim(worker: WorkerID, capabilities: Set<String>, lease: Duration, wait: Duration) async throws -> Lease? {
        try await withCheckedThrowingContinuation { continuation in
            let (claim, watchers) = state.withLock { state in
                state.claims += 1
                state.waiting.append((worker, continuation))
                let count = state.claims
                let ready = state.claimWatchers.filter { $0.count <= count }
                state.claimWatchers.removeAll { $0.count <= count }
                return (Self.match(&state), ready)
            }
            claim?()
            for watcher in watchers { watcher.continuation.resume() }
        }
    }

    func claim(
        upTo count: Int,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration,
        wait: Duration
    ) async throws -> [Lease] {
        let claimed = try await claim(worker: worker, capabilities: capabilities, lease: lease, wait: wait)
        return claimed.map { [$0] } ?? []
    }

    /// Gives no job with it: tests add theirs to a claim that waits.
    func finish(
        _ finished: [Lease],
        andClaimUpTo count: Int,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration
    ) async throws -> (areFinished: [Bool], claimed: [Lease]) {
        giveBack(finished)
        return (finished.map { _ in true }, [])
    }

    func heartbeat(_ leases: [Lease], lease: Duration) async throws -> [HeartbeatReply] {
        let (number, watchers) = state.withLock { state in
            state.beats.append(leases)
            let number = state.beats.count
            let ready = state.beatWatchers.filter { $0.count <= number }
            state.beatWatchers.removeAll { $0.count <= number }
            return (number, ready)
        }
        for watcher in watchers { watcher.continuation.resume() }
        if isAway.load(ordering: .relaxed) { throw Away() }
        var replies: [HeartbeatReply] = []
        for lease in leases { replies.append(try await reply(lease, number)) }
        return replies
    }

    func now() async throws -> Int64? {
        questions.add(1, ordering: .relaxed)
        if isAway.load(ordering: .relaxed) { throw Away() }
        return nil
    }

    func finish(_ lease: Lease) async throws -> Bool {
        giveBack([lease])
        return true
    }

    func cancellations() async throws -> AsyncStream<JobID> {
        let (stream, continuation) = AsyncStream.makeStream(of: JobID.self)
        let watchers = state.withLock { state in
            state.cancels = continuation
            defer { state.listenerWatchers = [] }
            return state.listenerWatchers
        }
        for watcher in watchers { watcher.resume() }
        return stream
    }

    func enqueue(_ entries: [DispatchEntry]) async throws { for entry in entries { add(entry.job) } }
    func remove(_ job: JobID) async throws { state.withLock { state in state.jobs.removeAll { $0 == job } } }
    func requestCancel(_ job: JobID) async throws { pushCancel(job) }
    func expired(limit: Int) async throws -> [Lease] { [] }
    func depth() async throws -> DispatchDepth {
        DispatchDepth(ready: state.withLock { $0.jobs.count }, delayed: 0, leased: 0)
    }
    func apply(_ policy: DispatchPolicy) async throws {}
    func standing(of job: JobID) async throws -> DispatchStanding? { nil }
    func missing(among jobs: [JobID]) async throws -> [JobID] { [] }
}
