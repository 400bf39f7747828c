import JSON
import JobModel
import Storage
import Testing

@testable import JobScheduler

/// The table of docs/lam.md, transition by transition.
@Suite struct ContractNetTests {
    private static let one = AgentID("a1")
    private static let two = AgentID("a2")
    private static let limits = ContractNet.Limits(
        bids: .seconds(2),
        agreement: .seconds(10),
        pause: .seconds(1),
        rounds: 2
    )

    private func net(idempotent: Bool = false, wanted: String? = nil) -> ContractNet {
        ContractNet(
            ConversationRecord(
                id: "c1",
                tenant: .default,
                key: JournalKey(job: "j1", step: "t0"),
                lease: Epoch(1),
                capability: "calculator.add",
                input: .null,
                wanted: wanted,
                isIdempotent: idempotent,
                deadline: 60_000,
                created: 0
            ),
            limits: Self.limits
        )
    }

    private func candidate(_ id: AgentID, bids: Bool = false, load: Double = 0, assigned: Int64 = 0)
        -> ContractNet.Candidate
    {
        ContractNet.Candidate(agent: id, bids: bids, load: load, assigned: assigned)
    }

    /// Given to the first of two agents that are there.
    private func assigned(idempotent: Bool = false) -> ContractNet {
        var net = net(idempotent: idempotent)
        _ = net.found([candidate(Self.one), candidate(Self.two, load: 0.5)], at: 0)
        return net
    }

    private func running(idempotent: Bool = false) throws -> ContractNet {
        var net = assigned(idempotent: idempotent)
        _ = try net.agreed(Self.one, Epoch(1), at: 1)
        return net
    }

    // MARK: Finding

    @Test func `presence is an offer: the least busy, then the longest idle, gets it at once`() {
        var net = net()
        #expect(
            net.found([candidate(Self.one, load: 0.5), candidate(Self.two)], at: 0) == [.assign(Self.two, Epoch(1))]
        )
        #expect(net.record.state == .assigning && net.record.timer == 10_000)
        var equal = self.net()
        #expect(
            equal.found([candidate(Self.one, assigned: 9), candidate(Self.two, assigned: 5)], at: 0)
                == [.assign(Self.two, Epoch(1))]
        )
    }

    @Test func `who bids is asked, and the cheapest offer wins when all have answered`() throws {
        var net = net()
        let asked = net.found([candidate(Self.one, bids: true), candidate(Self.two, bids: true)], at: 0)
        #expect(asked == [.discover(Self.one), .discover(Self.two)])
        #expect(net.record.timer == 2_000)
        #expect(net.offered(.init(agent: Self.one, cost: 5, load: 0, assigned: 0), at: 1) == [])
        #expect(
            net.offered(.init(agent: Self.two, cost: 2, load: 0, assigned: 0), at: 2) == [.assign(Self.two, Epoch(1))]
        )
        #expect(try net.agreed(Self.two, Epoch(1), at: 3) == [.turnDown(Self.one)])
    }

    @Test func `when the time for offers is over, those that came count, and later ones have no effect`() {
        var net = net()
        _ = net.found([candidate(Self.one, bids: true), candidate(Self.two, bids: true)], at: 0)
        _ = net.offered(.init(agent: Self.one, cost: 5, load: 0, assigned: 0), at: 1)
        #expect(net.timer(at: 1_999) == [])
        #expect(net.timer(at: 2_000) == [.assign(Self.one, Epoch(1))])
        #expect(net.offered(.init(agent: Self.two, cost: 0, load: 0, assigned: 0), at: 2_001) == [])
    }

    @Test func `nobody is looked for again, then it fails without having happened`() {
        var net = net()
        #expect(net.found([], at: 0) == [] && net.record.timer == 1_000)
        #expect(net.timer(at: 1_000) == [.look])
        #expect(net.found([], at: 1_000) == [.settled])
        #expect(net.record.state == .failed)
        #expect(net.record.outcome["reason"] == "no_capable_agent" && net.record.outcome["may_have_acted"] == false)
    }

    // MARK: Assigning

    @Test func `a refusal goes on to the next, with a higher epoch`() throws {
        var net = assigned()
        #expect(try net.refused(Self.one, Epoch(1), "busy", at: 1) == [.assign(Self.two, Epoch(2))])
        #expect(try net.refused(Self.two, Epoch(2), "busy, too", at: 2) == [.look])
        // Nobody has come since; who was tried is not asked again.
        #expect(net.found([candidate(Self.one), candidate(Self.two)], at: 2) == [.settled])
        #expect(net.record.outcome["message"] == "busy, too" && net.record.outcome["may_have_acted"] == false)
    }

    @Test func `an agent that fetches and says nothing is passed over; it may not act before it agreed`() {
        var net = assigned()
        #expect(net.timer(at: 10_000) == [.withdraw(Self.one, Epoch(1)), .assign(Self.two, Epoch(2))])
        #expect(throws: ContractNet.Stale.self) { try net.agreed(Self.one, Epoch(1), at: 10_001) }
    }

    @Test func `an endpoint that was told and says nothing leaves it in doubt`() {
        var net = assigned()
        net.dispatched(at: 1)
        #expect(net.timer(at: 10_000) == [])
        #expect(net.timer(at: 10_001) == [.withdraw(Self.one, Epoch(1)), .turnDown(Self.two), .settled])
        #expect(net.record.outcome["reason"] == "agent_lost" && net.record.outcome["may_have_acted"] == true)
    }

    @Test func `who was not told yet is not lost; the time for an answer begins when it is sent`() {
        var net = assigned()
        #expect(net.timer(at: 10_000, isUntold: true) == [] && net.record.timer == 20_000)
        net.dispatched(at: 15_000)
        #expect(net.record.timer == 25_000 && net.timer(at: 20_000) == [])
        #expect(net.timer(at: 25_000).last == .settled)
        #expect(net.record.outcome["may_have_acted"] == true)
        var never = assigned()
        #expect(never.timer(at: 60_000, isUntold: true).last == .settled)
        #expect(never.record.outcome["reason"] == "timeout" && never.record.outcome["may_have_acted"] == false)
    }

    @Test func `an endpoint nothing was sent to is passed over`() {
        var net = assigned()
        net.dispatched(at: 1)
        #expect(net.unreachable(Self.one, Epoch(1), "refused", at: 2) == [.assign(Self.two, Epoch(2))])
        #expect(net.record.dispatched == nil)
    }

    // MARK: Running

    @Test func `done ends it, once, whoever else speaks`() throws {
        var net = try running()
        #expect(net.record.timer == 60_000)
        #expect(try net.informed(Self.one, Epoch(1), at: 2) == [])
        #expect(throws: ContractNet.Stale.self) { try net.done(Self.two, Epoch(1), result: 1, at: 3) }
        #expect(throws: ContractNet.Stale.self) { try net.done(Self.one, Epoch(2), result: 1, at: 3) }
        #expect(try net.done(Self.one, Epoch(1), result: 7, at: 3) == [.confirm(Self.one, Epoch(1)), .settled])
        #expect(net.record.state == .done && net.record.outcome == ["result": 7])
        #expect(try net.done(Self.one, Epoch(1), result: 7, at: 4) == [])
        #expect(throws: ContractNet.Stale.self) { try net.done(Self.one, Epoch(1), result: 8, at: 4) }
        #expect(net.record.outcome == ["result": 7])
        #expect(throws: ContractNet.Stale.self) { try net.informed(Self.one, Epoch(1), at: 5) }
    }

    @Test func `an answer at once is an agreement, too`() throws {
        var net = assigned()
        #expect(
            try net.done(Self.one, Epoch(1), result: .null, at: 1)
                == [.turnDown(Self.two), .confirm(Self.one, Epoch(1)), .settled]
        )
    }

    @Test(arguments: [
        // acted, retryable, idempotent → whether another agent gets it, whether it is in doubt
        (false, true, false, true, false), (true, true, false, false, true), (true, true, true, true, false),
        (false, false, false, false, false), (true, false, true, false, false),
    ])
    func `a failure goes on only where nothing is repeated blindly`(
        hasActed: Bool,
        isRetryable: Bool,
        isIdempotent: Bool,
        goesOn: Bool,
        isInDoubt: Bool
    ) throws {
        var net = assigned(idempotent: isIdempotent)
        let actions = try net.failed(
            Self.one,
            Epoch(1),
            "it broke",
            hasActed: hasActed,
            isRetryable: isRetryable,
            at: 1
        )
        #expect(actions.contains(.assign(Self.two, Epoch(2))) == goesOn)
        #expect((net.record.state == .failed) != goesOn)
        #expect(net.record.outcome["may_have_acted"] == .bool(isInDoubt))
    }

    @Test func `a lost agent's task is in doubt, unless it may be begun again`() throws {
        var net = try running()
        #expect(net.lost(Self.one, "silent", at: 2) == [.withdraw(Self.one, Epoch(1)), .settled])
        #expect(net.record.outcome["may_have_acted"] == true)
        var again = try running(idempotent: true)
        #expect(again.lost(Self.two, "silent", at: 2) == [])
        #expect(again.lost(Self.one, "silent", at: 2) == [.withdraw(Self.one, Epoch(1)), .look])
        #expect(again.found([], at: 2) == [.settled])
        #expect(again.record.outcome["reason"] == "agent_lost" && again.record.outcome["may_have_acted"] == false)
        #expect(throws: ContractNet.Stale.self) { try again.done(Self.one, Epoch(1), result: 1, at: 9) }
    }

    @Test func `the deadline ends it wherever it stands`() throws {
        var looking = net()
        _ = looking.found([], at: 59_500)
        #expect(looking.record.timer == 60_000)
        #expect(looking.timer(at: 60_000) == [.settled])
        #expect(looking.record.outcome["reason"] == "timeout" && looking.record.outcome["may_have_acted"] == false)
        var working = try running()
        #expect(working.timer(at: 60_000) == [.withdraw(Self.one, Epoch(1)), .settled])
        #expect(working.record.outcome["may_have_acted"] == true)
    }

    @Test func `cancelling tells who has it, once`() throws {
        var net = try running()
        #expect(net.cancel() == [.withdraw(Self.one, Epoch(1)), .settled])
        #expect(net.record.state == .cancelled && net.cancel() == [])
    }
}
