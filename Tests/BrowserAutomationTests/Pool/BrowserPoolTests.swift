import EventLoops
import FoundationEssentials
import Glibc
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried, .serialized) struct BrowserPoolTests {
    private func withPool(
        _ settings: BrowserPoolSettings = .init(),
        _ configuration: BrowserConfiguration = .init(),
        _ body: (BrowserPool) async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "pool")
        let pool = BrowserPool(on: [loop], configuration, settings: settings)
        let result: Result<Void, any Error>
        do { result = .success(try await body(pool)) } catch { result = .failure(error) }
        await pool.close()
        await loop.shutdown()
        try result.get()
    }

    @Test func `a lease has its own options, and nothing of it is left for the next one`() async throws {
        try await PageServer.with { site in
            try await withPool(BrowserPoolSettings(warmContexts: 1)) { pool in
                let first = try await pool.lease(PageOptions(timezone: "Asia/Tokyo"))
                try await first.page.goto(site("/page"), deadline: .seconds(30))
                let hour = "document.cookie = 'a=1'; new Date(0).getHours()"
                #expect(try await first.page.evaluate(hour, deadline: .seconds(30)) == 9)
                await pool.giveBack(first)
                #expect(await !first.context.isOpen)

                let second = try await pool.lease(PageOptions(timezone: "UTC"))
                try await second.page.goto(site("/page"), deadline: .seconds(30))
                let seen = try await second.page.evaluate(
                    "[document.cookie, new Date(0).getHours()]",
                    deadline: .seconds(30)
                )
                #expect(seen == ["", 0])
                await pool.giveBack(second)
                #expect(await pool.status.leased == 0)
            }
        }
    }

    @Test func `leases at a time stay apart, and the one too many waits for a place`() async throws {
        try await withPool(BrowserPoolSettings(warmContexts: 0, maximumJobs: 2)) { pool in
            let (one, two) = (try await pool.lease(), try await pool.lease())
            #expect(one.context.id != two.context.id)
            let third = Task { try await pool.lease() }
            let error = await #expect(throws: BrowserError.self) {
                _ = try await pool.lease(deadline: .milliseconds(100))
            }
            #expect(error?.code == .timeout)
            await pool.giveBack(one)
            let served = try await third.value
            #expect(served.context.id != two.context.id)
            let cancelled = Task { try await pool.lease() }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { _ = try await cancelled.value }
            await pool.giveBack(served)
            await pool.giveBack(two)
        }
    }

    @Test func `a killed browser fails its jobs and the next lease comes from a new one`() async throws {
        try await withPool { pool in
            let lease = try await pool.lease()
            let pending = Task { try await lease.page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
            _ = try await lease.page.evaluate("1", deadline: .seconds(30))
            kill(lease.context.browser.processID, SIGKILL)
            let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
            #expect(error?.code == .browserCrashed)
            await pool.giveBack(lease)
            let next = try await pool.lease(deadline: .seconds(30))
            #expect(next.context.browser.processID != lease.context.browser.processID)
            #expect(try await next.page.evaluate("1 + 1", deadline: .seconds(30)) == 2)
            #expect(await pool.status.lost == 1)
            await pool.giveBack(next)
        }
    }

    @Test func `a browser that stands still is found by the probe, ended and replaced`() async throws {
        try await withPool(BrowserPoolSettings(probeDeadline: .milliseconds(300))) { pool in
            let lease = try await pool.lease()
            let frozen = lease.context.browser.processID
            kill(frozen, SIGSTOP)
            await pool.probe()
            await pool.giveBack(lease)
            let next = try await pool.lease(deadline: .seconds(30))
            #expect(next.context.browser.processID != frozen)
            #expect(kill(-frozen, 0) == -1)
            await pool.giveBack(next)
        }
    }

    @Test func `a browser whose network service stands still is found, ended and replaced`() async throws {
        try await withPool(BrowserPoolSettings(probeDeadline: .milliseconds(500))) { pool in
            let lease = try await pool.lease()
            let frozen = lease.context.browser.processID
            let services = try chromiumProcesses(of: frozen, with: "network.mojom.NetworkService")
            #expect(!services.isEmpty)
            for service in services { kill(service, SIGSTOP) }
            await pool.probe()
            await pool.giveBack(lease)
            let next = try await pool.lease(deadline: .seconds(30))
            #expect(next.context.browser.processID != frozen)
            await pool.giveBack(next)
        }
    }

    @Test func `a browser retires after its jobs, once its last one is over`() async throws {
        try await withPool(BrowserPoolSettings(warmContexts: 1, jobsBeforeRetirement: 2)) { pool in
            var processes: [Int32] = []
            for _ in 0..<3 {
                let lease = try await pool.lease(deadline: .seconds(30))
                processes.append(lease.context.browser.processID)
                await pool.giveBack(lease)
            }
            #expect(processes[0] == processes[1])
            #expect(processes[1] != processes[2])
            #expect(await pool.status.retired == 1)
        }
    }

    @Test func `a browser that owns too much memory retires`() async throws {
        try await withPool(BrowserPoolSettings(memoryBeforeRetirement: 1 << 20)) { pool in
            let lease = try await pool.lease()
            let large = lease.context.browser
            await pool.probe()
            #expect(try await lease.page.evaluate("1", deadline: .seconds(30)) == 1)
            await pool.giveBack(lease)
            await large.close()
            #expect(await !large.isOpen)
        }
    }

    @Test func `many jobs leave no page, no context and no file behind`() async throws {
        try await withPool(BrowserPoolSettings(warmContexts: 2, maximumJobs: 4)) { pool in
            let first = try await pool.lease(deadline: .seconds(30))
            let browser = first.context.browser
            await pool.giveBack(first)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<5 {
                            let lease = try await pool.lease(deadline: .seconds(30))
                            _ = try await lease.page.evaluate("window.open('about:blank'); 1", deadline: .seconds(30))
                            await pool.giveBack(lease)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let end = ContinuousClock.now.advanced(by: .seconds(10))
            while await pool.status.warm < 2, ContinuousClock.now < end {
                try await pool.loop.sleep(for: .milliseconds(10))
            }
            #expect(await pool.status.warm == 2)
            #expect(await browser.contextCount == 2)
            #expect(try await browser.targetCount() == 2)
            let kept = try FileManager.default.contentsOfDirectory(atPath: browser.directory.downloads)
            #expect(kept.count == 2)
        }
    }

    @Test func `a browser that cannot start is reported to who waits, at once`() async throws {
        try await withPool(.init(), BrowserConfiguration(executable: "/no/such/chromium")) { pool in
            let error = await #expect(throws: BrowserError.self) { _ = try await pool.lease(deadline: .seconds(60)) }
            #expect(error?.code == .browserMissing)
        }
    }

    @Test func `closing fails who waits and leaves no process`() async throws {
        let loop = EventLoop(name: "pool")
        let pool = BrowserPool(on: [loop], settings: BrowserPoolSettings(warmContexts: 0, maximumJobs: 1))
        let lease = try await pool.lease()
        let waiting = Task { try await pool.lease() }
        while await pool.status.waiting == 0 { await Task.yield() }
        await pool.close()
        await #expect(throws: BrowserError.self) { _ = try await waiting.value }
        #expect(kill(-lease.context.browser.processID, 0) == -1)
        await #expect(throws: BrowserError.self) { _ = try await pool.lease() }
        await loop.shutdown()
    }
}
