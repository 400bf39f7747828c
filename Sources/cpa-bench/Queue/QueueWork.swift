import JobModel
import JobQueue
import Synchronization

/// Claims jobs, does them and gives them back, as a worker does: so many at once, so many a claim.
///
/// As in a worker, a job that is done leaves its place to the next while its end is reported (`WorkerState`).
struct QueueWork: Sendable {
    let stage: QueueStage
    /// What is done with a job; its place is free then.
    let body: @Sendable (Lease) async throws -> Void
    /// Tells of its end; its lease goes back then.
    var report: @Sendable (Lease) async throws -> Void = { _ in }

    /// Works until `count` jobs are done.
    func run(_ count: Int) async throws {
        if stage.options.batch == 1 { try await inLanes() } else { try await inBatches(count) }
    }

    /// Waits for jobs and works until the task is cancelled.
    func runForever() async throws {
        let changes = Changes()
        try await withThrowingDiscardingTaskGroup { group in
            var places = Places(stage.options)
            while !Task.isCancelled {
                var claimed: [Lease] = []
                if !places.ended.isEmpty { claimed = try await exchange(places.takeEnded(), upTo: places.room) }
                if claimed.isEmpty, places.room > 0 {
                    claimed = try await stage.index.claim(
                        upTo: places.room,
                        worker: QueueStage.worker,
                        capabilities: QueueStage.capabilities,
                        lease: QueueStage.lease,
                        wait: .seconds(2)
                    )
                }
                places.claimed(claimed.count)
                for lease in claimed { group.addTask { try await work(lease, changes) } }
                // With room left it does not wait for those at work: a job may come first.
                places.apply(places.room == 0 ? await changes.next() : changes.take())
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
                        for lease in held {
                            try await body(lease)
                            try await report(lease)
                        }
                    } while !held.isEmpty
                }
            }
            try await group.waitForAll()
        }
    }

    /// What has ended goes back with the claim that fills its place; what ends meanwhile shares the next.
    private func inBatches(_ count: Int) async throws {
        let changes = Changes()
        try await withThrowingDiscardingTaskGroup { group in
            var (places, left) = (Places(stage.options), count)
            while left > 0 {
                let ended = places.takeEnded()
                left -= ended.count
                if !ended.isEmpty || places.room > 0 {
                    let claimed = try await exchange(ended, upTo: min(places.room, stage.options.batch))
                    places.claimed(claimed.count)
                    for lease in claimed { group.addTask { try await work(lease, changes) } }
                }
                if left > 0 { places.apply(await changes.next()) }
            }
        }
    }

    private func work(_ lease: Lease, _ changes: Changes) async throws {
        try await body(lease)
        changes.isDone()
        try await report(lease)
        changes.ended(lease)
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

/// Places for jobs at work, and as many beside them for jobs whose end is reported.
private struct Places {
    private let count: Int
    private var free: Int
    private var held = 0
    private(set) var ended: [Lease] = []

    init(_ options: QueueOptions) { (count, free) = (options.concurrency, options.concurrency) }

    /// Jobs that may be claimed.
    var room: Int { min(free, 2 * count - held) }

    mutating func claimed(_ count: Int) {
        free -= count
        held += count
    }

    mutating func apply(_ change: (done: Int, ended: [Lease])) {
        free += change.done
        held -= change.ended.count
        ended += change.ended
    }

    mutating func takeEnded() -> [Lease] {
        defer { ended = [] }
        return ended
    }
}

/// What has changed with jobs at work, for the one that claims.
private final class Changes: Sendable {
    private let changes = Mutex<(done: Int, ended: [Lease])>((0, []))
    private let some: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (some, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func isDone() {
        changes.withLock { $0.done += 1 }
        signal.yield()
    }

    func ended(_ lease: Lease) {
        changes.withLock { $0.ended.append(lease) }
        signal.yield()
    }

    /// All there are, maybe none.
    func take() -> (done: Int, ended: [Lease]) {
        changes.withLock { changes in
            defer { changes = (0, []) }
            return changes
        }
    }

    /// All there are, at least one.
    func next() async -> (done: Int, ended: [Lease]) {
        while true {
            let taken = take()
            if taken.done > 0 || !taken.ended.isEmpty { return taken }
            var iterator = some.makeAsyncIterator()
            await iterator.next()
        }
    }
}
