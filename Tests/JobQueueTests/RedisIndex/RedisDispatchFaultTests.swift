import EventLoops
import JobModel
import Redis
import TestSupport
import Testing

@testable import JobQueue

/// What only a Redis can do to an index.
@Suite(.timeLimit(.minutes(1))) struct RedisDispatchFaultTests {
    @Test func `a claim repeated after its reply was lost gets the same lease, and another claim does not`()
        async throws
    {
        try await withRedisIndex { stage in
            try await stage.index.enqueue([.job("a"), .job("b")])
            func claim(_ token: String, _ worker: WorkerID = "w") async throws -> Lease? {
                try await stage.index.claim(token: token, worker: worker, capabilities: [], lease: .seconds(60)).first
            }
            let first = try #require(try await claim("one"))
            let again = try await claim("one")
            #expect(again == first)
            let other = try await claim("one", "thief")
            #expect(other?.job == "b")
            // Once it is finished the token is worth nothing.
            try await stage.index.finish(first)
            let after = try await claim("one")
            #expect(after == nil)
        }
    }

    @Test func `a queue is one owner's until it is given back, forgotten or its time is over`() async throws {
        try await withRedisIndex { stage in
            func other(of owner: String, for time: Duration = .seconds(60)) async throws -> String? {
                try await stage.index.own(by: owner, for: time)
            }
            #expect(try await other(of: "a") == nil)
            #expect(try await other(of: "a") == nil)
            #expect(try await other(of: "b") == "a")
            // Who does not own it gives nothing back.
            #expect(try await other(of: "b", for: .zero) == "a")
            #expect(try await other(of: "a", for: .zero) == nil)
            #expect(try await other(of: "b", for: .milliseconds(20)) == nil)
            while try await stage.redis.send(["EXISTS", "cpa:{test}:owner"]).integer == 1 { await Task.yield() }
            #expect(try await other(of: "a") == nil)
            try await stage.redis.send(["FLUSHALL"])
            #expect(try await other(of: "b") == nil)
        }
    }

    @Test func `an index that was emptied gives out nothing that is paused, and holds to limits`() async throws {
        let limit = TenantPolicy(concurrency: 1)
        try await withRedisIndex { stage in
            func claimed() async throws -> Int {
                try await stage.index.claim(upTo: 5, worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
                    .count
            }
            try await stage.index.apply(DispatchPolicy(pause: .runningGoesOn))
            try await stage.redis.send(["FLUSHALL"])
            try await stage.index.enqueue([.job("a"), .job("b")])
            #expect(try await claimed() == 0)
            try await stage.index.apply(DispatchPolicy(tenants: ["default": limit]))
            try await stage.redis.send(["FLUSHALL"])
            try await stage.index.enqueue([.job("a"), .job("b")])
            #expect(try await claimed() == 1)
        }
    }

    @Test func `a claim of several that is repeated gets those it still holds, and no others`() async throws {
        try await withRedisIndex { stage in
            try await stage.index.enqueue((0..<6).map { .job(JobID("job\($0)")) })
            func claim(_ token: String) async throws -> [Lease] {
                try await stage.index.claim(
                    upTo: 3,
                    token: token,
                    worker: "w",
                    capabilities: [],
                    lease: .seconds(60)
                )
            }
            let first = try await claim("one")
            try await stage.index.finish(first[1])
            let again = try await claim("one")
            #expect(again == [first[0], first[2]])
            let depth = try await stage.index.depth()
            #expect(depth == DispatchDepth(ready: 3, delayed: 0, leased: 2))
        }
    }

    @Test func `without memory Redis takes no new jobs, and those it has are given out, renewed, cancelled and ended`()
        async throws
    {
        try await withRedisIndex { stage in
            let index = stage.index
            try await index.apply(DispatchPolicy())
            try await index.enqueue([.job("a"), .job("b"), .job("c", of: "other"), .job("d")])
            try await stage.redis.send(["CONFIG", "SET", "maxmemory", "1"])
            #expect(await refusal { try await index.enqueue([.job("e")]) } == "OOM")
            #expect(await refusal { try await index.tryWrite() } == "OOM")
            let leases = try await index.claim(upTo: 3, worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            #expect(leases.count == 3)
            #expect(try await index.heartbeat(leases, lease: .seconds(60)) == [.held, .held, .held])
            try await index.requestCancel(leases[0].job)
            #expect(try await index.heartbeat(leases, lease: .seconds(60))[0] == .cancel)
            // Not by a short renewal: that waits for its answer only for a part of the lease.
            let short = try #require(
                try await index.claim(worker: "w", capabilities: [], lease: .milliseconds(1), wait: .zero)
            )
            try await index.apply(DispatchPolicy(pause: .runningGoesOn))
            try await stage.loop.sleep(for: .milliseconds(5))
            #expect(try await index.expired(limit: 10) == [short])
            #expect(try await index.standing(of: short.job)?.state == .lost)
            try await index.remove(leases.map(\.job) + [short.job])
            #expect(try await index.depth() == DispatchDepth(ready: 0, delayed: 0, leased: 0))
            try await stage.redis.send(["CONFIG", "SET", "maxmemory", "0"])
            try await index.tryWrite()
        }
    }

    @Test func `where Redis takes no writes, nothing that needs them seems to work`() async throws {
        try await withRedisIndex { stage in
            let index = stage.index
            try await index.enqueue([.job("a"), .job("b")])
            let lease = try #require(
                try await index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            )
            try await stage.redis.send(["REPLICAOF", "127.0.0.1", "1"])
            #expect(await refusal { _ = try await index.heartbeat([lease], lease: .seconds(60)) } == "READONLY")
            // With no lease over it would have nothing to write.
            #expect(await refusal { _ = try await index.expired(limit: 10) } == "READONLY")
            #expect(await refusal { _ = try await index.standing(of: "b") } == "READONLY")
            #expect(await refusal { try await index.tryWrite() } == "READONLY")
            let claim = await refusal {
                _ = try await index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            }
            #expect(claim == "READONLY")
        }
    }

    /// The first word with which Redis refused what was asked; nil when it did not.
    private func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch { return (error as? RedisError)?.reply }
    }

    @Test func `needs too long for a key are kept by a name, and one that was forgotten is healed`() async throws {
        let needs = Set((0..<12).map { "capability\($0)" })
        try await withRedisIndex { stage in
            let entry = DispatchEntry.job("a", needs: needs)
            try await stage.index.enqueue([entry])
            let size = try await stage.redis.send(["MEMORY", "USAGE", "cpa:{test}:j:a"]).integer ?? .max
            #expect(size < 200)
            let unable = try await stage.index.claim(
                worker: "w",
                capabilities: needs.subtracting(["capability3"]),
                lease: .seconds(60),
                wait: .zero
            )
            #expect(unable == nil)
            try await stage.redis.send(["DEL", "cpa:{test}:needs"])
            let missing = try await stage.index.missing(among: ["a"])
            #expect(missing == ["a"])
            try await stage.index.enqueue([entry])
            let lease = try await stage.index.claim(
                worker: "w",
                capabilities: needs,
                lease: .seconds(60),
                wait: .zero
            )
            #expect(lease?.job == "a")
        }
    }

    @Test func `names of needs nobody has any more are forgotten`() async throws {
        try await withRedisIndex { stage in
            func needs(_ number: Int) -> Set<String> { ["a-capability-with-a-name-\(number)", "another"] }
            for first in stride(from: 0, to: DispatchRules.kindNames + 200, by: 100) {
                let jobs = (first..<first + 100).map { DispatchEntry.job(JobID("job\($0)"), needs: needs($0)) }
                try await stage.index.enqueue(jobs)
                try await stage.index.remove(jobs.map(\.job))
            }
            let names = try await stage.redis.send(["HLEN", "cpa:{test}:needs"]).integer ?? 0
            #expect((1...Int64(DispatchRules.kindNames)).contains(names))
        }
    }

    @Test func `scripts that Redis forgot are given to it again`() async throws {
        try await withRedisIndex { stage in
            try await stage.index.enqueue([.job("a")])
            try await stage.redis.send(["SCRIPT", "FLUSH"])
            let lease = try #require(
                try await stage.index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            )
            try await stage.redis.send(["SCRIPT", "FLUSH"])
            let isFinished = try await stage.index.finish(lease)
            #expect(isFinished)
        }
    }

    @Test func `after FLUSHALL the old lease is void and the epoch goes on from the floor`() async throws {
        try await withRedisIndex { stage in
            try await stage.index.enqueue([.job("a", floor: 41)])
            let lease = try #require(
                try await stage.index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            )
            try await stage.redis.send(["FLUSHALL"])
            let isFinished = try await stage.index.finish(lease)
            let replies = try await stage.index.heartbeat([lease], lease: .seconds(60))
            let missing = try await stage.index.missing(among: ["a"])
            #expect(!isFinished && replies == [.lost] && missing == ["a"])
            try await stage.index.enqueue([.job("a", floor: 42)])
            let next = try await stage.index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            #expect(next?.epoch == Epoch(43))
        }
    }

    @Test func `a job that fell out of its set is missing, and enqueueing heals it`() async throws {
        try await withRedisIndex { stage in
            try await stage.index.enqueue([.job("a")])
            try await stage.redis.send(["DEL", "cpa:{test}:q:7:default:"])
            let missing = try await stage.index.missing(among: ["a"])
            #expect(missing == ["a"])
            try await stage.index.enqueue([.job("a")])
            let lease = try await stage.index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            #expect(lease?.job == "a")
        }
    }

    @Test func `what an older layout left is missing, and goes on when it is enqueued again`() async throws {
        try await withRedisIndex { stage in
            // As layout 2 kept a job that waits and one that runs.
            let commands: [[RedisArgument]] = [
                ["HSET", "cpa:{test}:meta", "layout", "2", "ready", "1"], ["SADD", "cpa:{test}:kinds", ""],
                ["HSET", "cpa:{test}:j:a", "state", "ready", "tenant", "default", "kind", "", "priority", "0"],
                ["ZADD", "cpa:{test}:r:7:default:", "1", "a"], ["ZADD", "cpa:{test}:ring", "0", "default"],
                ["SADD", "cpa:{test}:tk:default", ""], ["ZADD", "cpa:{test}:ring:", "0", "default"],
                ["HSET", "cpa:{test}:j:b", "state", "leased", "tenant", "default", "worker", "w", "epoch", "4"],
                ["ZADD", "cpa:{test}:leased", "1", "b"], ["ZADD", "cpa:{test}:busy:default", "1", "b"],
            ]
            for command in commands { try await stage.redis.send(command) }
            #expect(try await stage.index.missing(among: ["a", "b"]) == ["a", "b"])
            #expect(try await stage.index.expired(limit: 10) == [])
            try await stage.index.enqueue([.job("a", floor: 1), .job("b", floor: 4)])
            let leases = try await stage.index.claim(
                upTo: 5,
                worker: "w",
                capabilities: [],
                lease: .seconds(60),
                wait: .zero
            )
            #expect(leases.map(\.epoch) == [Epoch(2), Epoch(5)])
            #expect(try await stage.index.depth() == DispatchDepth(ready: 0, delayed: 0, leased: 2))
            try await stage.index.remove(["a", "b"])
            #expect(try await stage.redis.send(["EXISTS", "cpa:{test}:j:a", "cpa:{test}:j:b"]) == .integer(0))
        }
    }

    @Test func `a newer layout is refused and left alone`() async throws {
        try await withRedisIndex { stage in
            try await stage.redis.send(["HSET", "cpa:{test}:meta", "layout", RedisArgument(DispatchKeys.layout + 1)])
            await #expect { try await stage.index.enqueue([.job("a")]) } throws: {
                ($0 as? JobQueueError)?.code == .newerLayout
            }
            let keys = try await stage.redis.send(["KEYS", "*"])
            #expect(keys == .array([.text("cpa:{test}:meta")]))
        }
    }

    @Test func `nothing stays of jobs that are finished but bounded bookkeeping`() async throws {
        try await withRedisIndex { stage in
            let jobs = (0..<20).map { DispatchEntry.job(JobID("job\($0)"), needs: ["kind\($0 % 3)"]) }
            try await stage.index.enqueue(jobs)
            let capabilities: Set<String> = ["kind0", "kind1", "kind2"]
            while let lease = try await stage.index.claim(
                worker: "w",
                capabilities: capabilities,
                lease: .seconds(60),
                wait: .zero
            ) {
                try await stage.index.finish(lease)
            }
            let keys = try await stage.redis.send(["KEYS", "*"]).array?.compactMap(\.text) ?? []
            let names = Set(keys.map { $0.dropFirst("cpa:{test}:".count).prefix { $0 != ":" } })
            #expect(names.isSubset(of: ["meta", "wake", "op", "idle", "offers"]))
            let lives = try await stage.redis.pipeline(keys.map { ["PTTL", RedisArgument($0)] })
            #expect(lives.count >= 22 && lives.allSatisfy { ($0.integer ?? 0) > 0 })
        }
    }

    @Test func `nothing stays of a queue that is erased but what claims took last, and others keep theirs`()
        async throws
    {
        let tenant = TenantPolicy(pause: .runningGoesOn, rate: .init(count: 1, period: .seconds(3600), burst: 1))
        let long = Set((0..<9).map { "capability\($0)" })
        try await withRedisIndex { stage in
            try await stage.redis.send(["SET", "cpa:{tested}:meta", "another queue"])
            try await stage.index.apply(DispatchPolicy(tenants: ["held": tenant]))
            try await stage.index.enqueue([
                .job("a"), .job("b", needs: long), .job("c", of: "held"), .job("d"),
                .job("later", notBefore: DispatchClock.system.now() + 3_600_000),
            ])
            let leases = try await stage.index.claim(
                upTo: 2,
                worker: "w",
                capabilities: long,
                lease: .seconds(60),
                wait: .zero
            )
            #expect(leases.count == 2)
            try await stage.index.finish(leases[0])
            try await stage.index.erase(["a", "b", "c", "d", "later"])
            let keys = try await stage.redis.send(["KEYS", "*"]).array?.compactMap(\.text) ?? []
            #expect(keys.contains("cpa:{tested}:meta"))
            let left = keys.filter { $0 != "cpa:{tested}:meta" }
            #expect(left.allSatisfy { $0.hasPrefix("cpa:{test}:op:") }, "\(left)")
            let lives = try await stage.redis.pipeline(left.map { ["PTTL", RedisArgument($0)] })
            #expect(lives.allSatisfy { (1...20_000).contains($0.integer ?? 0) })
        }
    }

    @Test func `a queue that is never empty lives on`() async throws {
        try await withRedisIndex { stage in
            try await stage.index.enqueue([.job("a")])
            try await stage.redis.send(["EXPIRE", "cpa:{test}:meta", 100])
            try await stage.index.enqueue([.job("b")])
            #expect(try await stage.redis.send(["TTL", "cpa:{test}:meta"]).integer ?? 0 <= 100)
            // As if all this was yesterday.
            try await stage.redis.send(["HINCRBY", "cpa:{test}:meta", "kept", -1])
            try await stage.index.enqueue([.job("c")])
            #expect(try await stage.redis.send(["TTL", "cpa:{test}:meta"]).integer ?? 0 > 100)
        }
    }

    @Test func `more kinds of jobs than the limit are refused, by name`() async throws {
        try await withRedisIndex { stage in
            let entries = (0...DispatchRules.kinds).map { DispatchEntry.job(JobID("\($0)"), needs: ["n\($0)"]) }
            await #expect { try await stage.index.enqueue(entries) } throws: {
                ($0 as? JobQueueError)?.code == .tooManyKinds
            }
            let depth = try await stage.index.depth()
            #expect(depth.ready == DispatchRules.kinds)
            await #expect { try await stage.index.enqueue([.job("x", needs: ["a,b"])]) } throws: {
                ($0 as? JobQueueError)?.code == .invalidName
            }
        }
    }

    @Test func `queues in one Redis know nothing of each other`() async throws {
        try await withRedisIndex { stage in
            let other = try RedisDispatchIndex(
                queue: "other",
                at: try RedisAddress(url: stage.server.url),
                on: stage.loop
            )
            try await stage.index.enqueue([.job("a")])
            let lease = try await other.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            #expect(lease == nil)
            await other.close()
        }
        #expect(throws: JobQueueError.self) { try DispatchKeys(queue: "a}b") }
    }

    @Test func `connections that break under load cost no job and give none out twice`() async throws {
        try await withRedisIndex { stage in
            let jobs = (0..<300).map { JobID("job\($0)") }
            try await stage.index.enqueue(jobs.map { .job($0) })
            let taken = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for number in 0..<4 {
                    group.addTask { try await work(stage.index, WorkerID("w\(number)")) }
                }
                for left in stride(from: 280, to: 20, by: -20) {
                    while try await stage.ready() > left { try await stage.loop.sleep(for: .milliseconds(1)) }
                    try await stage.redis.send(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(taken.count == 300 && Set(taken) == Set(jobs), "\(taken.count), \(Set(jobs).subtracting(taken))")
        }
    }

    @Test func `a Redis killed and started again over its log keeps jobs and leases`() async throws {
        try await withRedisIndex(isDurable: true) { stage in
            try await stage.index.enqueue((0..<50).map { .job(JobID("job\($0)")) })
            let lease = try #require(
                try await stage.index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .zero)
            )
            await stage.server.kill()
            try await stage.server.start()
            let replies = try await stage.index.heartbeat([lease], lease: .seconds(60))
            #expect(replies == [.held])
            let taken = try await work(stage.index, "w2")
            #expect(taken.count == 49 && !taken.contains(lease.job))
        }
    }
}

extension RedisStage {
    /// Jobs ready, read over the connection that is not killed.
    fileprivate func ready() async throws -> Int64 {
        try await redis.send(["ZCARD", "cpa:{test}:q:7:default:"]).integer ?? 0
    }
}

/// Claims and finishes until nothing is left; goes on after errors, as a worker does.
private func work(_ index: RedisDispatchIndex, _ worker: WorkerID) async throws -> [JobID] {
    var taken: [JobID] = []
    var failures = 0
    while failures < 1000 {
        do {
            guard let lease = try await index.claim(worker: worker, capabilities: [], lease: .seconds(60), wait: .zero)
            else { return taken }
            taken.append(lease.job)
            while true {
                do {
                    try await index.finish(lease)
                    break
                } catch is RedisError { failures += 1 }
            }
        } catch is RedisError { failures += 1 }
    }
    return taken
}
