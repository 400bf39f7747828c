import JobModel
import JobQueue
import Synchronization

/// Claims jobs, does them and gives them back, as a worker does: so many at once, so many a claim.
struct QueueWork: Sendable {
    let stage: QueueStage
    /// What is done with a job; it ends with the job.
    let body: @Sendable (Lease) async throws -> Void

    /// Works until `count` jobs are done.
    func run(_ count: Int) async throws {
        if stage.options.batch == 1 { try await inLanes() } else { try await inBatches(count) }
    }

    /// Waits for jobs and works until the task is cancelled.
    func runForever() async throws {
        let ended = Ended()
        try await withThrowingDiscardingTaskGroup { group in
            var (free, finished) = (stage.options.concurrency, [Lease]())
            while !Task.isCancelled {
                var claimed: [Lease] = []
                if !finished.isEmpty { claimed = try await exchange(finished, upTo: free) }
                if claimed.isEmpty {
                    claimed = try await stage.index.claim(
                        upTo: free,
                        worker: QueueStage.worker,
                        capabilities: QueueStage.capabilities,
                        lease: QueueStage.lease,
                        wait: .seconds(2)
                    )
                }
                free -= claimed.count
                for lease in claimed {
                    group.addTask {
                        defer { ended.add(lease) }
                        try await body(lease)
                    }
                }
                // With room left it does not wait for those at work: a job may come first.
                finished = free == 0 ? await ended.next() : ended.take()
                free += finished.count
            }
        }
    }

    /// One claim a job, as many lanes as jobs may be at work.
    private func inLanes() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<stage.options.concurrency {
                group.addTask {
                    var held: [Lease] = []
                    repeat {
                        held = try await exchange(held, upTo: 1)
                        for lease in held { try await body(lease) }
                    } while !held.isEmpty
                }
            }
            try await group.waitForAll()
        }
    }

    /// What has ended goes back with the claim that fills its place; what ends meanwhile shares the next.
    private func inBatches(_ count: Int) async throws {
        let ended = Ended()
        try await withThrowingDiscardingTaskGroup { group in
            var (free, left, finished) = (stage.options.concurrency, count, [Lease]())
            while left > 0 {
                let claimed = try await exchange(finished, upTo: min(free, stage.options.batch))
                free -= claimed.count
                for lease in claimed {
                    group.addTask {
                        defer { ended.add(lease) }
                        try await body(lease)
                    }
                }
                finished = await ended.next()
                free += finished.count
                left -= finished.count
            }
            _ = try await exchange(finished, upTo: 0)
        }
    }

    private func exchange(_ finished: [Lease], upTo count: Int) async throws -> [Lease] {
        try await stage.index.finish(
            finished,
            andClaimUpTo: count,
            worker: QueueStage.worker,
            capabilities: QueueStage.capabilities,
            lease: QueueStage.lease
        ).claimed
    }
}

/// Leases of jobs that have ended, for the one that claims.
private final class Ended: Sendable {
    private let leases = Mutex<[Lease]>([])
    private let some: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (some, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func add(_ lease: Lease) {
        leases.withLock { $0.append(lease) }
        signal.yield()
    }

    /// All there are, maybe none.
    func take() -> [Lease] {
        leases.withLock { leases in
            defer { leases = [] }
            return leases
        }
    }

    /// All there are, at least one.
    func next() async -> [Lease] {
        while true {
            let taken = take()
            if !taken.isEmpty { return taken }
            var iterator = some.makeAsyncIterator()
            await iterator.next()
        }
    }
}
