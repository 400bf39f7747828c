import JobModel
import Synchronization
import Testing

@testable import JobQueue

/// What every dispatch index does.
@Suite(.timeLimit(.minutes(1))) struct DispatchConformanceTests {
    @Test(arguments: Backend.allCases)
    func `a claim takes one job under an epoch above the floor, and nobody else gets it`(_ backend: Backend)
        async throws
    {
        try await backend.withIndex { stage in
            let entry = DispatchEntry(job: "a", tenant: TenantID("t"), epochFloor: Epoch(7))
            try await stage.index.enqueue([entry])
            let lease = try await stage.claim("w1")
            #expect(lease == Lease(job: "a", tenant: TenantID("t"), worker: "w1", epoch: Epoch(8)))
            let second = try await stage.claim("w2")
            #expect(second == nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func `higher priority first, then first come first served`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            let entries = ["m", "z", "b", "a"].map { DispatchEntry.job(JobID($0)) }
            try await stage.index.enqueue(entries)
            try await stage.index.enqueue([.job("low", priority: -1), .job("high", priority: 1)])
            var order: [String] = []
            while let lease = try await stage.claim() { order.append(lease.job.rawValue) }
            #expect(order == ["high", "m", "z", "b", "a", "low"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a job that waits keeps its place when it is enqueued again`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a"), .job("b")])
            try await stage.index.enqueue([.job("a", floor: 3)])
            let first = try await stage.claim()
            #expect(first?.job == "a" && first?.epoch == Epoch(4))
            let depth = try await stage.index.depth()
            #expect(depth == DispatchDepth(ready: 1, delayed: 0, leased: 1))
        }
    }

    @Test(arguments: Backend.allCases)
    func `jobs that join others wait behind them, whoever else comes in the same call`(_ backend: Backend) async throws
    {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("c")])
            try await stage.index.enqueue([.job("b"), .job("a", floor: 7)])
            // One that is known, one that comes twice, one of another tenant, one for later: none keeps the rest out.
            try await stage.index.enqueue([.job("z"), .job("c"), .job("y")])
            try await stage.index.enqueue([.job("x"), .job("x", floor: 4)])
            try await stage.index.enqueue([.job("w"), .job("other", of: "t2"), .job("v")])
            let later = stage.now() + 3_600_000
            try await stage.index.enqueue([.job("u"), .job("late", notBefore: later), .job("t")])
            #expect(try await stage.index.depth() == DispatchDepth(ready: 11, delayed: 1, leased: 0))
            var order: [String] = []
            while let lease = try await stage.claim() {
                if lease.tenant == .default { order.append("\(lease.job)\(lease.epoch)") }
            }
            #expect(order == ["c1", "b1", "a8", "z1", "y1", "x5", "w1", "v1", "u1", "t1"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `new terms replace the old ones`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a", needs: ["x"]), .job("b")])
            try await stage.index.enqueue([.job("a", priority: -5, needs: ["y"])])
            let depth = try await stage.index.depth()
            #expect(depth.ready == 2)
            let first = try await stage.claim("w", ["x"])
            let second = try await stage.claim("w", ["x"])
            let third = try await stage.claim("w", ["y"])
            #expect([first, second, third].map { $0?.job } == ["b", nil, "a"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a delayed job is claimable from its time on and not before`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a", notBefore: stage.now() + 60_000)])
            let early = try await stage.claim()
            let depth = try await stage.index.depth()
            #expect(early == nil && depth == DispatchDepth(ready: 0, delayed: 1, leased: 0))
            try await stage.index.enqueue([.job("a", notBefore: stage.now() + 50)])
            try await stage.pass(.milliseconds(80))
            let lease = try await stage.claim()
            #expect(lease?.job == "a")
        }
    }

    @Test(arguments: Backend.allCases)
    func `a job goes only to a worker that has all it needs`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([
                .job("both", priority: 9, needs: ["goto", "send_mail"]), .job("mail", needs: ["send_mail"]),
            ])
            let none = try await stage.claim("w1", ["goto"])
            let mail = try await stage.claim("w2", ["send_mail", "read_mail"])
            let both = try await stage.claim("w3", ["send_mail", "goto"])
            #expect([none, mail, both].map { $0?.job } == [nil, "mail", "both"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a heartbeat renews what is held and says what is not`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a"), .job("b")])
            let a = try #require(try await stage.claim(lease: .milliseconds(60)))
            let b = try #require(try await stage.claim(lease: .milliseconds(60)))
            try await stage.index.requestCancel(b.job)
            let stranger = Lease(job: a.job, tenant: a.tenant, worker: "other", epoch: a.epoch)
            let older = Lease(job: a.job, tenant: a.tenant, worker: a.worker, epoch: Epoch(a.epoch.rawValue - 1))
            let unknown = Lease(job: "no", tenant: a.tenant, worker: a.worker, epoch: a.epoch)
            let replies = try await stage.index.heartbeat([a, stranger, b, older, unknown], lease: .seconds(60))
            #expect(replies == [.held, .lost, .cancel, .lost, .lost])
            try await stage.pass(.milliseconds(80))
            let expired = try await stage.index.expired(limit: 10)
            #expect(expired.isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func `finishing works once, and a stale finish changes nothing`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a")])
            let lease = try #require(try await stage.claim())
            let stale = Lease(job: lease.job, tenant: lease.tenant, worker: lease.worker, epoch: Epoch(0))
            let stranger = Lease(job: lease.job, tenant: lease.tenant, worker: "other", epoch: lease.epoch)
            var finished: [Bool] = []
            for lease in [stale, stranger, lease, lease] { finished.append(try await stage.index.finish(lease)) }
            #expect(finished == [false, false, true, false])
            let depth = try await stage.index.depth()
            #expect(depth == DispatchDepth(ready: 0, delayed: 0, leased: 0))
        }
    }

    @Test(arguments: Backend.allCases)
    func `a lease that ran out is listed until the scheduler decides, and nobody can claim it before`(
        _ backend: Backend
    ) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a")])
            let lease = try #require(try await stage.claim(lease: .milliseconds(20)))
            try await stage.pass(.milliseconds(40))
            for _ in 0..<2 {
                let expired = try await stage.index.expired(limit: 10)
                #expect(expired == [lease])
                let claimed = try await stage.claim("w2")
                #expect(claimed == nil)
            }
            let replies = try await stage.index.heartbeat([lease], lease: .seconds(60))
            let isFinished = try await stage.index.finish(lease)
            #expect(replies == [.lost] && !isFinished)
            // A floor below the lost lease's epoch: the scheduler never agreed to that one.
            try await stage.index.enqueue([.job("a")])
            let next = try await stage.claim("w2")
            #expect(next?.epoch == Epoch(lease.epoch.rawValue + 1))
            let expired = try await stage.index.expired(limit: 10)
            #expect(expired.isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a late heartbeat keeps a lease that nobody has declared lost`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a")])
            let lease = try #require(try await stage.claim(lease: .milliseconds(20)))
            try await stage.pass(.milliseconds(40))
            let replies = try await stage.index.heartbeat([lease], lease: .seconds(60))
            let expired = try await stage.index.expired(limit: 10)
            #expect(replies == [.held] && expired.isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func `enqueueing leaves a newer lease alone and takes over one the scheduler has given up`(_ backend: Backend)
        async throws
    {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a", floor: 4)])
            let lease = try #require(try await stage.claim())
            try await stage.index.enqueue([.job("a", floor: 4)])
            let none = try await stage.claim("w2")
            var replies = try await stage.index.heartbeat([lease], lease: .seconds(60))
            #expect(none == nil && replies == [.held])
            try await stage.index.enqueue([.job("a", floor: 5)])
            replies = try await stage.index.heartbeat([lease], lease: .seconds(60))
            let isFinished = try await stage.index.finish(lease)
            #expect(replies == [.lost] && !isFinished)
            let next = try await stage.claim("w2")
            #expect(next?.epoch == Epoch(6))
        }
    }

    @Test(arguments: Backend.allCases)
    func `a removed job is gone, whatever it was`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            let later = stage.now() + 60_000
            try await stage.index.enqueue([.job("lost", priority: 2)])
            let lost = try #require(try await stage.claim(lease: .milliseconds(1)))
            try await stage.pass(.milliseconds(10))
            _ = try await stage.index.expired(limit: 1)
            try await stage.index.enqueue([.job("leased", priority: 1)])
            let leased = try #require(try await stage.claim())
            try await stage.index.enqueue([.job("ready", needs: ["x"]), .job("delayed", notBefore: later)])
            let before = try await stage.index.depth()
            #expect(before == DispatchDepth(ready: 1, delayed: 1, leased: 1, lost: 1))
            for job in ["ready", "delayed", "leased", "lost", "unknown"] { try await stage.index.remove(JobID(job)) }
            let after = try await stage.index.depth()
            let replies = try await stage.index.heartbeat([leased, lost], lease: .seconds(60))
            let claimed = try await stage.claim("w", ["x"])
            #expect(
                after == DispatchDepth(ready: 0, delayed: 0, leased: 0) && replies == [.lost, .lost] && claimed == nil
            )
        }
    }

    @Test(arguments: Backend.allCases)
    func `a cancel is pushed to who listens and told to the next heartbeat`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            let pushed = try await stage.index.cancellations()
            try await stage.index.enqueue([.job("a")])
            let lease = try #require(try await stage.claim())
            try await stage.index.requestCancel("a")
            #expect(await pushed.first { _ in true } == "a")
            let replies = try await stage.index.heartbeat([lease], lease: .seconds(60))
            #expect(replies == [.cancel])
            // A new run starts without the old one's cancel.
            try await stage.index.enqueue([.job("a", floor: lease.epoch.rawValue)])
            let next = try #require(try await stage.claim())
            let fresh = try await stage.index.heartbeat([next], lease: .seconds(60))
            #expect(fresh == [.held])
        }
    }

    @Test(arguments: Backend.allCases)
    func `jobs the index does not know are named`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            let jobs = (0..<250).map { JobID("job\($0)") }
            try await stage.index.enqueue(jobs.filter { $0.rawValue.hasSuffix("7") }.map { .job($0) })
            _ = try await stage.claim()
            let missing = try await stage.index.missing(among: jobs)
            #expect(missing == jobs.filter { !$0.rawValue.hasSuffix("7") })
        }
    }

    @Test(arguments: Backend.allCases)
    func `finish and claim in one step do what both would`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a"), .job("b"), .job("c", needs: ["x"])])
            let a = try #require(try await stage.claim())
            let first = try await stage.exchange([a], upTo: 1)
            #expect(first.areFinished == [true] && first.claimed.map(\.job) == ["b"])
            let stale = try await stage.exchange([a], upTo: 1, ["x"])
            #expect(stale.areFinished == [false] && stale.claimed.map(\.job) == ["c"])
            let last = try await stage.exchange(first.claimed + first.claimed + stale.claimed, upTo: 2, ["x"])
            #expect(last.areFinished == [true, false, true] && last.claimed.isEmpty)
            let depth = try await stage.index.depth()
            #expect(depth == DispatchDepth(ready: 0, delayed: 0, leased: 0))
        }
    }

    @Test(arguments: Backend.allCases)
    func `several claims in one step take what as many single ones would, in their order`(_ backend: Backend)
        async throws
    {
        func fill(_ index: any DispatchIndex) async throws {
            for number in 0..<12 {
                let tenant: TenantID = number % 3 == 0 ? "b" : "a"
                let needs: Set<String> = number % 4 == 0 ? ["x"] : number % 4 == 1 ? ["y"] : []
                try await index.enqueue([.job(JobID("j\(number)"), of: tenant, priority: number * 7 % 5, needs: needs)])
            }
            let limited = TenantPolicy(weight: 2, concurrency: 5)
            try await index.apply(DispatchPolicy(tenants: ["a": limited]))
        }
        var orders: [[JobID]] = []
        for count in [1, 5, 20] {
            try await backend.withIndex { stage in
                try await fill(stage.index)
                var order: [JobID] = []
                while true {
                    let leases = try await stage.exchange([], upTo: count, ["x", "y"]).claimed
                    if leases.isEmpty { break }
                    #expect(Set(leases.map(\.epoch)) == [Epoch(1)])
                    order += leases.map(\.job)
                }
                let depth = try await stage.index.depth()
                #expect(depth.leased == order.count && depth.ready == 12 - order.count)
                orders.append(order)
            }
        }
        // Four of b, and five of the eight of a: it may have no more at once.
        #expect(orders[0].count == 9)
        #expect(orders[1] == orders[0] && orders[2] == orders[0])
    }

    @Test(arguments: Backend.allCases)
    func `two workers racing for 500 jobs get each exactly once`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            let jobs = (0..<500).map { JobID("job\($0)") }
            try await stage.index.enqueue(jobs.map { .job($0) })
            let taken = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for worker in ["w1", "w2", "w1b", "w2b"] {
                    group.addTask {
                        var mine: [JobID] = []
                        var lease = try await stage.claim(WorkerID(worker))
                        while let held = lease {
                            mine.append(held.job)
                            lease = try await stage.exchange([held], upTo: 1).claimed.first
                        }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(taken.count == 500 && Set(taken) == Set(jobs))
        }
    }

    @Test(arguments: Backend.allCases)
    func `every waiting claim is woken by the job it gets`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            let start = ContinuousClock.now
            let taken = try await withThrowingTaskGroup(of: JobID?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await stage.index.claim(
                            worker: WorkerID("w\(number)"),
                            capabilities: [],
                            lease: .seconds(60),
                            wait: .seconds(50)
                        )?.job
                    }
                }
                try await stage.index.enqueue((0..<8).map { .job(JobID("job\($0)")) })
                return try await group.reduce(into: Set<JobID>()) { if let job = $1 { $0.insert(job) } }
            }
            #expect(taken.count == 8)
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test(arguments: Backend.allCases)
    func `a waiting claim takes a delayed job when it is due`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.enqueue([.job("a", notBefore: stage.now() + 60)])
            let task = Task {
                try await stage.index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .seconds(50))
            }
            await stage.whenWaiting()
            try await stage.pass(.milliseconds(80))
            let claimed = try await task.value
            #expect(claimed?.job == "a")
        }
    }

    @Test(arguments: Backend.allCases)
    func `a waiting claim can be cancelled`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            let task = Task {
                try await stage.index.claim(worker: "w", capabilities: [], lease: .seconds(60), wait: .seconds(50))
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
