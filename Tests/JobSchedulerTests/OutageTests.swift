import JobModel
import JobQueue
import Redis
import Storage
import Testing

@testable import JobScheduler

/// What an outage costs a job: a lease, and no loss.
@Suite struct OutageTests {
    @Test func `leases that ran out while the scheduler was away cost their jobs no loss`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            for outage in 1...5 {
                _ = try await stage.start("w\(outage)")
                stage.time.advance(seconds: 60)
                var presence = stage.scheduler.configuration.presence
                try await stage.pass(seconds: 1, &presence)
                let job = try await stage.job(id)
                #expect(job.state == .pending)
                #expect(job.losses == 0)
                #expect(job.interruptions == outage)
            }
            let audit = try await stage.scheduler.audit(of: id, for: Stage.cli).map(\.action)
            #expect(audit.count { $0 == "job.interrupted" } == 5)
            try await stage.start("w6").send(.done)
            #expect(try await stage.job(id).state == .done)
        }
    }

    @Test func `a lease that ends soon after the scheduler is back is not counted either`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            _ = try await stage.start()
            stage.time.advance(seconds: 10)
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 15, &presence)
            #expect(try await stage.job(id).state == .pending)
            #expect(try await stage.job(id).losses == 0)
        }
    }

    @Test func `workers that vanish while the scheduler is there count, and the third is the job's death`() async throws
    {
        try await loseThreeWorkers()
    }

    @Test func `positive control: without a limit of losses a poisonous job goes on for ever`() async throws {
        try await withKnownIssue("there is no limit") {
            try await loseThreeWorkers(limit: .max)
        } matching: {
            $0.error == nil
        }
    }

    @Test func `a vanished worker's job waits again within its lease and two seconds`() async throws {
        try await recover(sweeping: true)
    }

    @Test func `positive control: a job whose lease nobody sweeps stays with its dead worker`() async throws {
        try await withKnownIssue("nobody sweeps") {
            try await recover(sweeping: false)
        } matching: {
            $0.error == nil
        }
    }

    private func recover(sweeping: Bool) async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 60, &presence)
            _ = try await stage.start()
            let limit = Int(stage.scheduler.configuration.lease.milliseconds / 1_000) + 2
            if sweeping {
                try await stage.pass(seconds: limit, &presence)
            } else {
                stage.time.advance(seconds: Int64(limit))
            }
            #expect(try await stage.job(id).state == .pending)
        }
    }

    private func loseThreeWorkers(limit: Int = 3) async throws {
        try await Stage.with {
            $0.lossLimit = limit
        } _: { stage in
            let id = try await stage.submit()
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 21, &presence)
            for losses in 1...3 {
                _ = try await stage.start("w\(losses)")
                try await stage.pass(seconds: 21, &presence)
                #expect(try await stage.job(id).losses == losses)
            }
            #expect(try await stage.job(id).state == .dead)
            #expect(try await stage.job(id).reason == .poison)
        }
    }

    @Test func `leases nobody could renew because the index was down are not counted`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 60, &presence)
            _ = try await stage.start()
            await stage.index.goDown()
            for _ in 0..<25 {
                stage.time.advance(seconds: 1)
                await #expect(throws: FaultyDispatchIndex.Outage.self) {
                    try await stage.scheduler.sweeper.pass(&presence)
                }
            }
            await stage.index.comeBack()
            try await stage.pass(seconds: 1, &presence)
            #expect(try await stage.job(id).state == .pending)
            #expect(try await stage.job(id).losses == 0)
        }
    }

    @Test func `a lease that an index renews when it is back, by what it had kept waiting, is not counted`()
        async throws
    {
        try await Stage.with { stage in
            let id = try await stage.submit()
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 60, &presence)
            let worker = try await stage.start()
            await stage.index.goDown()
            stage.time.advance(seconds: 15)
            await #expect(throws: FaultyDispatchIndex.Outage.self) {
                try await stage.scheduler.sweeper.pass(&presence)
            }
            await stage.index.comeBack()
            // Its worker has given it up meanwhile.
            let reply = try await stage.index.heartbeat([worker.lease], lease: stage.scheduler.configuration.lease)
            #expect(reply == [.held])
            try await stage.pass(seconds: 22, &presence)
            #expect(try await stage.job(id).state == .pending)
            #expect(try await stage.job(id).losses == 0)
            #expect(try await stage.job(id).interruptions == 1)
        }
    }

    @Test func `leases that ended while the index kept its answer back are not counted`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 60, &presence)
            _ = try await stage.start()
            // It stood still for the whole lease, in the middle of a sweep.
            let (time, lease) = (stage.time, stage.scheduler.configuration.lease.milliseconds / 1_000 + 1)
            await stage.index.whileSweeping { time.advance(seconds: lease) }
            try await stage.scheduler.sweeper.pass(&presence)
            await stage.index.whileSweeping {}
            try await stage.relay()
            #expect(try await stage.job(id).state == .pending)
            #expect(try await stage.job(id).losses == 0)
            #expect(try await stage.job(id).interruptions == 1)
        }
    }

    @Test func `leases that ended because their clock was set are not counted`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 60, &presence)
            _ = try await stage.start()
            await stage.index.setClock(by: 3_600)
            try await stage.pass(seconds: 1, &presence)
            #expect(try await stage.job(id).state == .pending)
            #expect(try await stage.job(id).losses == 0)
            #expect(try await stage.job(id).interruptions == 1)
        }
    }

    @Test func `a lease nobody could renew because Redis took no writes is not counted, though it was back at its end`()
        async throws
    {
        try await Stage.withRedis { stage in
            let id = try await stage.submit()
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 60, &presence)
            // Redis' own clock ends it.
            let lease = try await stage.index.claim(
                worker: "w1",
                capabilities: ["goto"],
                lease: .milliseconds(500),
                wait: .zero
            )
            let worker = TestWorker(scheduler: stage.scheduler, index: stage.index, lease: try #require(lease))
            try await worker.send(.agree)
            try await stage.index.refuseWrites(true)
            stage.time.advance(seconds: 1)
            await #expect(throws: RedisError.self) { try await stage.scheduler.sweeper.pass(&presence) }
            try await stage.index.refuseWrites(false)
            try await Task.sleep(for: .milliseconds(600))
            try await stage.pass(seconds: 1, &presence)
            #expect(try await stage.job(id).state == .pending)
            #expect(try await stage.job(id).losses == 0)
            #expect(try await stage.job(id).interruptions == 1)
        }
    }

    @Test func `a job every outage finds running is dead in the end: it may be the cause`() async throws {
        try await Stage.with {
            $0.interruptionLimit = 4
        } _: { stage in
            let id = try await stage.submit()
            for outage in 1...4 {
                _ = try await stage.start("w\(outage)")
                stage.time.advance(seconds: 60)
                var presence = stage.scheduler.configuration.presence
                try await stage.pass(seconds: 1, &presence)
            }
            let job = try await stage.job(id)
            #expect(job.state == .dead)
            #expect(job.message?.contains("4 times") == true)
            _ = try await stage.scheduler.retry(id, as: Stage.cli)
            #expect(try await stage.job(id).interruptions == 0)
        }
    }

    @Test func `a Redis that is back is tried within ten seconds, however long it was away`() {
        #expect(RedisBackOff().maximum + OutboxRelay.longestPause < .seconds(10))
    }

    @Test func `a job asked to stop before the outage ends as asked`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            _ = try await stage.start()
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            stage.time.advance(seconds: 60)
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 1, &presence)
            #expect(try await stage.job(id).state == .cancelled)
        }
    }
}
