import JobModel
import JobQueue
import Synchronization

/// Claims jobs, does them and gives them back, as a worker does: so many at once, so many a claim.
struct QueueWork: Sendable {
    let stage: QueueStage
    /// What is done with a job; its place is free then, and its lease goes back.
    let body: @Sendable (Lease) async throws -> Void

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
                places.ended(places.room == 0 ? await changes.next() : changes.take())
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
                if left > 0 { places.ended(await changes.next()) }
            }
        }
    }

    private func work(_ lease: Lease, _ changes: Changes) async throws {
        try await body(lease)
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

/// Places for jobs at work.
private struct Places {
    /// Jobs that may be claimed.
    private(set) var room: Int
    private(set) var ended: [Lease] = []

    init(_ options: QueueOptions) { room = options.concurrency }

    mutating func claimed(_ count: Int) { room -= count }

    mutating func ended(_ leases: [Lease]) {
        room += leases.count
        ended += leases
    }

    mutating func takeEnded() -> [Lease] {
        defer { ended = [] }
        return ended
    }
}

/// The jobs that have ended, for the one that claims.
private final class Changes: Sendable {
    private let leases = Mutex<[Lease]>([])
    private let some: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (some, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func ended(_ lease: Lease) {
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
