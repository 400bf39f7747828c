import JobModel
import Testing

@testable import JobQueue

/// How jobs are shared out among tenants: the same in every index.
@Suite(.timeLimit(.minutes(1))) struct DispatchShareTests {
    private func enqueue(_ count: Int, of tenant: TenantID, _ stage: Stage, needs: Set<String> = []) async throws {
        try await stage.index.enqueue((0..<count).map { .job(JobID("\(tenant)\($0)"), of: tenant, needs: needs) })
    }

    /// The tenants of the next jobs, in order.
    private func order(_ count: Int, _ stage: Stage, _ capabilities: Set<String> = []) async throws -> String {
        var order = ""
        for _ in 0..<count {
            guard let lease = try await stage.claim("w", capabilities) else { break }
            order += lease.tenant.rawValue
        }
        return order
    }

    @Test(arguments: Backend.allCases)
    func `a tenant with many jobs does not keep the others waiting`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await enqueue(100, of: "a", stage)
            try await enqueue(3, of: "b", stage)
            try await enqueue(3, of: "c", stage)
            #expect(try await order(10, stage) == "abcabcabca")
        }
    }

    @Test(arguments: Backend.allCases)
    func `weights are shares`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.apply(DispatchPolicy(tenants: ["b": TenantPolicy(weight: 3)]))
            try await enqueue(50, of: "a", stage)
            try await enqueue(50, of: "b", stage)
            let served = try await order(40, stage)
            #expect(served.count { $0 == "b" } == 30)
            #expect(!served.contains("aa") && !served.contains("bbbbb"))
        }
    }

    @Test(arguments: Backend.allCases)
    func `who comes later gets a share from then on, and no more`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await enqueue(100, of: "a", stage)
            _ = try await order(50, stage)
            try await enqueue(100, of: "b", stage)
            let served = try await order(20, stage)
            #expect(abs(served.count { $0 == "a" } - 10) <= 1)
        }
    }

    @Test(arguments: Backend.allCases)
    func `one job at a time with the highest priority earns no more than a share`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await enqueue(100, of: "a", stage)
            var served = ""
            for number in 0..<20 {
                try await stage.index.enqueue([.job(JobID("b\(number)"), of: "b", priority: 100)])
                served += try await order(1, stage)
            }
            #expect(served.count { $0 == "b" } <= 11)
        }
    }

    @Test(arguments: Backend.allCases)
    func `whose turn it is counts among those a worker can run`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await enqueue(3, of: "a", stage, needs: ["mail"])
            try await enqueue(3, of: "b", stage, needs: ["page"])
            #expect(try await order(9, stage, ["page"]) == "bbb")
            #expect(try await order(9, stage, ["page", "mail"]) == "aaa")
        }
    }

    @Test(arguments: Backend.allCases)
    func `no more leases than a tenant may have, and the next as soon as one ends or runs out`(_ backend: Backend)
        async throws
    {
        try await backend.withIndex { stage in
            try await stage.index.apply(DispatchPolicy(tenants: ["a": TenantPolicy(concurrency: 2)]))
            try await enqueue(5, of: "a", stage)
            try await enqueue(1, of: "b", stage)
            let first = try await stage.claim()
            #expect(try await order(9, stage) == "ba")
            await #expect(try stage.index.standing(of: "a4")?.blocks == [.concurrency(limit: 2)])
            try await stage.index.finish(try #require(first))
            let short = try await stage.claim("w", lease: .milliseconds(1_500))
            #expect(short != nil)
            #expect(try await stage.claim() == nil)
            try await stage.pass(.milliseconds(1_600))
            #expect(try await order(9, stage) == "a")
        }
    }

    @Test(arguments: Backend.allCases)
    func `a claim that waits gets the job that a limit held back`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.apply(DispatchPolicy(tenants: ["a": TenantPolicy(concurrency: 1)]))
            try await enqueue(2, of: "a", stage)
            let first = try #require(try await stage.claim())
            async let second = stage.index.claim(
                worker: "w2",
                capabilities: [],
                lease: .seconds(60),
                wait: .seconds(30)
            )
            await stage.whenWaiting()
            try await stage.index.finish(first)
            #expect(try await second?.tenant == "a")
        }
    }

    @Test(arguments: Backend.allCases)
    func `starts keep to a rate after a burst, whatever waits`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            let rate = TenantPolicy.Rate(count: 10, period: .seconds(25), burst: 3)
            try await stage.index.apply(DispatchPolicy(tenants: ["a": TenantPolicy(rate: rate)]))
            try await enqueue(9, of: "a", stage)
            let began = stage.now()
            // On a busy machine the time of another start may pass while the first are made.
            func atMost() -> Int { 3 + Int((stage.now() - began) / 2_500) }
            let first = try await order(9, stage).count
            #expect(first >= 3 && first <= atMost())
            if case .rate(let until)? = try await stage.index.standing(of: "a8")?.blocks.first {
                #expect(until - stage.now() <= 2_501)
            } else {
                #expect(atMost() > first)
            }
            try await stage.pass(.milliseconds(2_550))
            let second = try await order(9, stage).count
            #expect(second >= 1 && first + second <= atMost())
            try await stage.index.apply(DispatchPolicy())
            #expect(try await order(9, stage).count == 9 - first - second)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a pause holds back what waits, not what runs, and ends at once`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await enqueue(2, of: "a", stage)
            try await enqueue(2, of: "b", stage)
            let running = try #require(try await stage.claim())
            try await stage.index.apply(DispatchPolicy(pause: .runningGoesOn))
            #expect(try await stage.claim() == nil)
            await #expect(try stage.index.standing(of: "b0")?.blocks == [.queuePaused])
            #expect(try await stage.index.heartbeat([running], lease: .seconds(60)) == [.held])
            try await stage.index.apply(DispatchPolicy(tenants: ["b": TenantPolicy(pause: .runningGoesOn)]))
            #expect(try await order(9, stage) == "a")
            await #expect(try stage.index.standing(of: "b0")?.blocks == [.tenantPaused])
            try await stage.index.apply(DispatchPolicy())
            #expect(try await order(9, stage) == "bb")
        }
    }

    @Test(arguments: Backend.allCases)
    func `a heartbeat says what a pause demands of what runs, the stronger of the queue's and the tenant's`(
        _ backend: Backend
    ) async throws {
        try await backend.withIndex { stage in
            try await enqueue(1, of: "a", stage)
            try await enqueue(1, of: "b", stage)
            let a = try #require(try await stage.claim())
            let b = try #require(try await stage.claim())
            func replies(_ queue: DispatchPause?, _ tenant: DispatchPause?) async throws -> [HeartbeatReply] {
                let tenants = [a.tenant: TenantPolicy(pause: tenant)]
                try await stage.index.apply(DispatchPolicy(pause: queue, tenants: tenants))
                return try await stage.index.heartbeat([a, b], lease: .seconds(60))
            }
            #expect(try await replies(nil, .runningHolds) == [.pause, .held])
            #expect(try await replies(.runningHolds, .runningGoesOn) == [.pause, .pause])
            #expect(try await replies(.runningHolds, .runningGoesBack) == [.drain, .pause])
            #expect(try await replies(.runningGoesBack, nil) == [.drain, .drain])
            try await stage.index.requestCancel(a.job)
            #expect(try await replies(.runningHolds, .runningGoesBack) == [.cancel, .pause])
            #expect(try await replies(nil, nil) == [.cancel, .held])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a resume wakes a claim that waits`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await stage.index.apply(DispatchPolicy(pause: .runningHolds))
            try await enqueue(1, of: "a", stage)
            async let claimed = stage.index.claim(
                worker: "w2",
                capabilities: [],
                lease: .seconds(60),
                wait: .seconds(30)
            )
            await stage.whenWaiting()
            try await stage.index.apply(DispatchPolicy())
            #expect(try await claimed?.job == "a0")
        }
    }

    @Test(arguments: Backend.allCases)
    func `a job's standing says what is before it and whether anybody can run it`(_ backend: Backend) async throws {
        try await backend.withIndex { stage in
            try await enqueue(3, of: "a", stage)
            try await enqueue(3, of: "b", stage)
            try await stage.index.enqueue([
                .job("mail", of: "a", priority: -1, needs: ["mail"]),
                .job("later", of: "a", notBefore: stage.now() + 60_000),
            ])
            let mail = try #require(try await stage.index.standing(of: "mail"))
            #expect(mail == DispatchStanding(state: .ready, ahead: 3, blocks: [], lastOffer: nil))
            _ = try await stage.claim("w", ["page"])
            #expect(try await stage.index.standing(of: "mail")?.lastOffer == nil)
            #expect(try await stage.index.standing(of: "mail")?.ahead == 2)
            _ = try await stage.claim("w", ["page", "mail"])
            let seen = try #require(try await stage.index.standing(of: "mail")?.lastOffer)
            #expect(abs(stage.now() - seen) < 30_000)
            #expect(try await stage.index.standing(of: "a0")?.state == .leased)
            guard case .delayed = try await stage.index.standing(of: "later")?.state else {
                throw JobQueueError(code: .unexpectedReply, message: "The job is not delayed")
            }
            #expect(try await stage.index.standing(of: "none") == nil)
        }
    }
}
