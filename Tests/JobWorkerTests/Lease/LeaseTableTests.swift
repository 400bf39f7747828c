import JobModel
import JobQueue
import Testing

@testable import JobWorker

private let start = ContinuousClock.now
private func lease(_ job: String) -> Lease {
    Lease(job: JobID(job), tenant: .default, worker: WorkerID("w"), epoch: Epoch(1))
}

@Suite struct LeaseTableTests {
    private var table = LeaseTable(length: .seconds(15), margin: .seconds(4))

    @Test func `without leases there is nothing to do`() {
        var table = table
        #expect(table.wakeAt == nil)
        #expect(table.tick(at: start).isEmpty)
    }

    @Test func `leases are renewed every third of their length, all together`() {
        var table = table
        table.hold(lease("a"), since: start)
        table.hold(lease("b"), since: start + .seconds(1))
        #expect(table.wakeAt == start + .seconds(5))
        #expect(table.tick(at: start + .milliseconds(4999)).isEmpty)
        #expect(table.tick(at: start + .seconds(5)) == [.beat([lease("a"), lease("b")])])
        #expect(table.replied([.held, .held], to: [lease("a"), lease("b")]).isEmpty)
        #expect(table.wakeAt == start + .seconds(10))
        #expect(table.tick(at: start + .milliseconds(9999)).isEmpty)
        #expect(table.tick(at: start + .seconds(10)) == [.beat([lease("a"), lease("b")])])
    }

    @Test func `a lease whose claim took longer than a third of it is renewed at once`() {
        var table = table
        table.hold(lease("a"), since: start)
        table.hold(lease("b"), since: start - .seconds(5))
        #expect(table.tick(at: start) == [.beat([lease("a"), lease("b")])])
    }

    @Test func `one renewal is under way at a time`() {
        var table = table
        table.hold(lease("a"), since: start)
        _ = table.tick(at: start + .seconds(5))
        #expect(table.tick(at: start + .seconds(10)).isEmpty)
    }

    @Test func `a lease that could not be renewed is given up before it ends`() {
        var table = table
        table.hold(lease("a"), since: start)
        _ = table.tick(at: start + .seconds(5))
        #expect(table.wakeAt == start + .seconds(11))
        #expect(table.tick(at: start + .seconds(11)) == [.lost(lease("a"))])
        #expect(table.wakeAt == nil)
    }

    @Test func `a renewal counts from when it was sent, not from its answer`() {
        var table = table
        table.hold(lease("a"), since: start)
        _ = table.tick(at: start + .seconds(6))
        _ = table.replied([.held], to: [lease("a")])
        table.beatFailedOnce(at: start + .seconds(11))
        #expect(table.tick(at: start + .seconds(17)).first == .lost(lease("a")))
    }

    @Test func `a failed renewal is tried again soon`() {
        var table = table
        table.hold(lease("a"), since: start)
        _ = table.tick(at: start + .seconds(5))
        table.beatFailed(at: start + .seconds(8))
        #expect(table.wakeAt == start + .seconds(9))
        #expect(table.tick(at: start + .seconds(9)) == [.beat([lease("a")])])
    }

    @Test func `a cancel is told once, and the lease stays held`() {
        var table = table
        table.hold(lease("a"), since: start)
        _ = table.tick(at: start + .seconds(5))
        #expect(table.replied([.cancel], to: [lease("a")]) == [.cancel(lease("a"))])
        _ = table.tick(at: start + .seconds(10))
        #expect(table.replied([.cancel], to: [lease("a")]).isEmpty)
        #expect(table.tick(at: start + .seconds(15)) == [.beat([lease("a")])])
    }

    @Test func `a pause, its end and a drain are told once each, and the lease stays held`() {
        var table = table
        table.hold(lease("a"), since: start)
        var told: [LeaseTable.Action] = []
        let replies: [HeartbeatReply] = [.held, .pause, .pause, .held, .held, .drain, .drain]
        for (number, reply) in replies.enumerated() {
            #expect(table.tick(at: start + .seconds(5 * (number + 1))) == [.beat([lease("a")])])
            told += table.replied([reply], to: [lease("a")])
        }
        #expect(told == [.pause(lease("a")), .resume(lease("a")), .drain(lease("a"))])
    }

    @Test func `a lost lease is told and forgotten`() {
        var table = table
        table.hold(lease("a"), since: start)
        _ = table.tick(at: start + .seconds(5))
        #expect(table.replied([.lost], to: [lease("a")]) == [.lost(lease("a"))])
        #expect(table.wakeAt == nil)
    }

    @Test func `an answer for a job that has ended meanwhile changes nothing`() {
        var table = table
        table.hold(lease("a"), since: start)
        _ = table.tick(at: start + .seconds(5))
        table.release(lease("a"))
        #expect(table.replied([.lost], to: [lease("a")]).isEmpty)
    }

    @Test func `a machine that slept gives its leases up before it renews anything`() {
        var table = table
        table.hold(lease("a"), since: start)
        _ = table.tick(at: start + .seconds(5))
        _ = table.replied([.held], to: [lease("a")])
        #expect(table.tick(at: start + .seconds(3600)) == [.lost(lease("a"))])
    }
}

extension LeaseTable {
    /// One renewal that is sent and not answered.
    fileprivate mutating func beatFailedOnce(at instant: ContinuousClock.Instant) {
        _ = tick(at: instant)
        beatFailed(at: instant)
    }
}
