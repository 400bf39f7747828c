import MailModel
import Testing

@Suite struct MailboxLimiterTests {
    /// Opens when told to; holds whoever waits.
    private actor Gate {
        private var isOpen = false
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private(set) var arrivals = 0

        func pass() async {
            arrivals += 1
            guard !isOpen else { return }
            await withCheckedContinuation { waiting.append($0) }
        }

        func open() {
            isOpen = true
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
    }

    @Test func `so many go at a time, the others follow, another mailbox is not held up`() async throws {
        let limiter = MailboxLimiter(limit: 2)
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { try await limiter.withSlot(for: "A@x.de") { await gate.pass() } } }
            while await gate.arrivals < 2 { await Task.yield() }
            try await limiter.withSlot(for: "b@x.de") {}
            #expect(await gate.arrivals == 2)
            await gate.open()
            try await group.waitForAll()
        }
        #expect(await gate.arrivals == 6)
        try await limiter.withSlot(for: "a@x.de") {}
    }

    @Test func `who is cancelled in the queue leaves it, and the slot is not lost`() async throws {
        let limiter = MailboxLimiter(limit: 1)
        let gate = Gate()
        let first = Task { try await limiter.withSlot(for: "a") { await gate.pass() } }
        while await gate.arrivals < 1 { await Task.yield() }
        let second = Task { try await limiter.withSlot(for: "a") { Issue.record("It must not run") } }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        await gate.open()
        try await first.value
        try await limiter.withSlot(for: "a") {}
    }

    @Test func `an error gives the slot back`() async throws {
        let limiter = MailboxLimiter(limit: 1)
        for _ in 0..<3 {
            await #expect(throws: CancellationError.self) {
                try await limiter.withSlot(for: "a") { throw CancellationError() }
            }
        }
    }
}
