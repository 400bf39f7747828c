import Testing
import Threads

@Suite struct BlockingThreadTests {
    /// Counts without a lock, because its thread runs one piece at a time.
    private actor Counter {
        let thread: BlockingThread
        var value = 0
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

        init(thread: BlockingThread) { self.thread = thread }
        func increment() { value += 1 }
    }

    @Test func `an actor on the thread sees every call`() async {
        let counter = Counter(thread: BlockingThread(name: "test-counter"))
        await withTaskGroup { group in
            for _ in 0..<500 { group.addTask { await counter.increment() } }
        }
        #expect(await counter.value == 500)
    }

    @Test func `a closure runs on the thread and its error comes back`() async throws {
        struct Failure: Error {}
        let thread = BlockingThread(name: "test-run")
        let isOnThread = try await thread.run { thread.isIsolatingCurrentContext() }
        #expect(isOnThread == true)
        #expect(thread.isIsolatingCurrentContext() == false)
        await #expect(throws: Failure.self) { try await thread.run { throw Failure() } }
    }

    @Test func `whoever is cancelled does not wait for a call that does not return`() async throws {
        let gate = TimedSemaphore()
        let (begun, beginning) = AsyncStream<Void>.makeStream()
        let caller = Task {
            try await BlockingThread(name: "test-cancel").runCancellably {
                beginning.yield()
                _ = gate.wait(atMost: .seconds(60))
            }
        }
        for await _ in begun { break }
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        gate.signal()
    }

    @Test func `whoever is not cancelled gets the answer of a call, or its error`() async throws {
        struct Failure: Error {}
        let thread = BlockingThread(name: "test-answer")
        #expect(try await thread.runCancellably { 42 } == 42)
        await #expect(throws: Failure.self) { try await thread.runCancellably { throw Failure() } }
    }

    @Test func `work that was queued is done before the thread ends`() async throws {
        var thread: BlockingThread? = BlockingThread(name: "test-end")
        weak let observed = thread
        let answer = try await thread?.run { 42 }
        #expect(answer == 42)
        thread = nil
        while observed != nil { await Task.yield() }
    }
}
