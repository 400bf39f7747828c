import EventLoops
import JobModel
import Redis
import TestSupport
import Testing

@testable import JobQueue

/// The implementations the conformance suite runs on.
enum Backend: CaseIterable, CustomTestStringConvertible {
    case memory, redis

    var testDescription: String { self == .memory ? "in memory" : "in Redis" }

    /// Runs a test with an empty index of this kind.
    func withIndex(_ body: (Stage) async throws -> Void) async throws {
        switch self {
        case .memory:
            let clock = ManualClock()
            let index = InMemoryDispatchIndex(clock: clock.clock)
            let whenWaiting: @Sendable () async -> Void = { while clock.sleepers == 0 { await Task.yield() } }
            try await body(
                Stage(
                    index: index,
                    now: { clock.now },
                    pass: { clock.advance(by: $0) },
                    whenWaiting: whenWaiting
                )
            )
        case .redis:
            try await withRedisIndex { redis in
                let pass: @Sendable (Duration) async throws -> Void = { try await redis.loop.sleep(for: $0) }
                try await body(
                    Stage(index: redis.index, now: DispatchClock.system.now, pass: pass, whenWaiting: {})
                )
            }
        }
    }
}

/// An index and a way to let its time go by: really, in Redis, so tests keep to milliseconds.
struct Stage: Sendable {
    let index: any DispatchIndex
    let now: @Sendable () -> Int64
    let pass: @Sendable (Duration) async throws -> Void
    /// Returns when a claim that waits has come to its pause; matters only where time stands still.
    let whenWaiting: @Sendable () async -> Void

    /// Claims at once.
    func claim(
        _ worker: WorkerID = "w1",
        _ capabilities: Set<String> = [],
        lease: Duration = .seconds(60)
    ) async throws -> Lease? {
        try await index.claim(worker: worker, capabilities: capabilities, lease: lease, wait: .zero)
    }

    /// Gives leases of one worker back and takes others, in one step.
    func exchange(
        _ finished: [Lease],
        upTo count: Int,
        _ capabilities: Set<String> = []
    ) async throws -> (areFinished: [Bool], claimed: [Lease]) {
        try await index.finish(
            finished,
            andClaimUpTo: count,
            worker: finished.first?.worker ?? "w1",
            capabilities: capabilities,
            lease: .seconds(60)
        )
    }
}

/// A private Redis with an index in it.
struct RedisStage: Sendable {
    let server: RedisServer
    let loop: EventLoop
    let index: RedisDispatchIndex
    /// For looking at the data behind the index's back.
    let redis: RedisConnection
}

func withRedisIndex(isDurable: Bool = false, _ body: (RedisStage) async throws -> Void) async throws {
    try await withRedis(isDurable: isDurable) { server, loop in
        let address = try RedisAddress(url: server.url)
        let index = try RedisDispatchIndex(queue: "test", at: address, on: loop)
        let redis = RedisConnection(on: loop, to: address)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(RedisStage(server: server, loop: loop, index: index, redis: redis)))
        } catch {
            result = .failure(error)
        }
        await index.close()
        await redis.close()
        try result.get()
    }
}

extension DispatchEntry {
    /// An entry with defaults for tests.
    static func job(
        _ job: JobID,
        of tenant: TenantID = .default,
        priority: Int = 0,
        notBefore: Int64? = nil,
        floor: Int64 = 0,
        needs: Set<String> = []
    ) -> DispatchEntry {
        DispatchEntry(
            job: job,
            tenant: tenant,
            priority: priority,
            notBefore: notBefore,
            epochFloor: Epoch(floor),
            needs: needs
        )
    }
}
