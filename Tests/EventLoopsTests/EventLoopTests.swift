import Synchronization
import Testing

@testable import EventLoops

private actor Counter {
    private let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private(set) var count = 0
    init(on loop: EventLoop) { self.loop = loop }
    func increment() { count += 1 }
    nonisolated func incrementFromCallback() { assumeIsolated { $0.count += 100 } }
}

@Suite struct EventLoopTests {
    @Test func `actors pinned to a loop run on its thread, and callbacks enter them without a hop`() async {
        let loop = EventLoop(name: "test")
        let counter = Counter(on: loop)
        for _ in 0..<10 { await counter.increment() }
        await Task(executorPreference: loop) { counter.incrementFromCallback() }.value
        #expect(await counter.count == 110)
        await loop.shutdown()
    }

    @Test func `work from many tasks is run exactly once each`() async {
        let loop = EventLoop(name: "test")
        let counter = Counter(on: loop)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask { for _ in 0..<200 { await counter.increment() } }
            }
        }
        #expect(await counter.count == 10_000)
        await loop.shutdown()
    }

    @Test func `a timer fires once, never early, and a cancelled one never`() async throws {
        let loop = EventLoop(name: "test")
        let start = ContinuousClock.now
        let cancelledFired = Atomic(false)
        let timer = loop.schedule(after: .milliseconds(10)) { cancelledFired.store(true, ordering: .relaxed) }
        timer.cancel()
        try await loop.sleep(for: .milliseconds(30))
        #expect(ContinuousClock.now - start >= .milliseconds(30))
        let fired = cancelledFired.load(ordering: .relaxed)
        #expect(!fired)
        await loop.shutdown()
    }

    @Test func `a cancelled sleep ends at once with CancellationError`() async {
        let loop = EventLoop(name: "test")
        let task = Task { try await loop.sleep(for: .seconds(3600)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await loop.shutdown()
    }

    @Test func `an actor of a loop that was shut down still answers those who were on their way`() async {
        let loop = EventLoop(name: "test")
        let counter = Counter(on: loop)
        await loop.shutdown()
        await counter.increment()
        #expect(await counter.count == 1)
        await loop.shutdown()
    }
}
