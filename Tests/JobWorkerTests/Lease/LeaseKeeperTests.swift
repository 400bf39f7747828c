import EventLoops
import JobModel
import JobQueue
import Synchronization
import Telemetry
import Testing

@testable import JobWorker

private let lease = Lease(job: JobID("j1"), tenant: .default, worker: WorkerID("w"), epoch: Epoch(1))

private func withKeeper(
    _ index: FakeIndex,
    _ clock: ManualClock,
    _ body: (LeaseKeeper) async throws -> Void
) async rethrows {
    let loop = EventLoop(name: "heartbeat")
    let keeper = LeaseKeeper(
        index: index,
        loop: loop,
        clock: clock.clock,
        length: .seconds(15),
        margin: .seconds(4),
        logger: .silent
    )
    let running = Task { await keeper.run() }
    try await body(keeper)
    running.cancel()
    await running.value
    await loop.shutdown()
}

@Suite(.timeLimit(.minutes(1))) struct LeaseKeeperTests {
    @Test func `leases are renewed while the keeper runs`() async {
        let (index, clock) = (FakeIndex(), ManualClock())
        await withKeeper(index, clock) { keeper in
            await keeper.hold([lease], since: clock.clock.now()) { _, _ in Issue.record("nothing to tell") }
            await clock.advance(by: .seconds(5))
            await index.beat(1)
            // The answer was read: its deadline, at the moment of the next renewal, cannot pass any more.
            await clock.givenUp(1)
            await clock.advance(by: .seconds(5))
            await index.beat(2)
            #expect(index.beats == [[lease], [lease]])
        }
    }

    @Test func `a cancel in the answer reaches the job`() async {
        let (index, clock, told) = (FakeIndex { _, _ in .cancel }, ManualClock(), Signal())
        await withKeeper(index, clock) { keeper in
            await keeper.hold([lease], since: clock.clock.now()) { _, signal in
                #expect(signal == .cancel)
                Task { await told.give() }
            }
            await clock.advance(by: .seconds(5))
            await told.wait()
        }
    }

    @Test func `a lost lease reaches the job`() async {
        let (index, clock, told) = (FakeIndex { _, _ in .lost }, ManualClock(), Signal())
        await withKeeper(index, clock) { keeper in
            await keeper.hold([lease], since: clock.clock.now()) { _, signal in
                #expect(signal == .lost)
                Task { await told.give() }
            }
            await clock.advance(by: .seconds(5))
            await told.wait()
        }
    }

    @Test func `when the index hangs, the lease is given up in time by the local clock`() async {
        let index = FakeIndex { _, _ in
            try await forever()
            return .held
        }
        let (clock, told) = (ManualClock(), Signal())
        await withKeeper(index, clock) { keeper in
            await keeper.hold([lease], since: clock.clock.now()) { _, signal in
                #expect(signal == .lost)
                Task { await told.give() }
            }
            await clock.advance(by: .seconds(5))
            await index.beat(1)
            await clock.advance(by: .seconds(6))
            await told.wait()
        }
    }

    @Test func `a released lease is renewed no more`() async {
        let (index, clock) = (FakeIndex(), ManualClock())
        let other = Lease(job: JobID("j2"), tenant: .default, worker: WorkerID("w"), epoch: Epoch(1))
        await withKeeper(index, clock) { keeper in
            await keeper.hold([lease], since: clock.clock.now()) { _, _ in }
            await clock.advance(by: .seconds(5))
            await index.beat(1)
            await clock.givenUp(1)
            await keeper.release([lease])
            await keeper.hold([other], since: clock.clock.now()) { _, _ in }
            await clock.advance(by: .seconds(5))
            await index.beat(2)
            #expect(index.beats.last == [other])
        }
    }
}
