import EventLoops
import Glibc
import TestSupport
import Testing

@testable import BrowserAutomation

/// Parts of Chromium that go, one by one.
@Suite(.timeLimit(.minutes(2)), .retried) struct LossTests {
    @Test func `a connection that breaks fails what is pending within seconds, and the browser is ended`() async throws
    {
        try await withBrowser { browser in
            let page = try await browser.newContext().newPage()
            let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
            _ = try await page.evaluate("1", deadline: .seconds(30))
            let start = ContinuousClock.now
            let port = try #require(browser.debuggerAddress?.split(separator: ":").last.flatMap { UInt16($0) })
            #expect(Self.breakConnections(to: port) == 1)
            let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
            #expect(error?.code == .browserCrashed)
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }

    @Test func `without its zygote a browser's pages fail at once`() async throws {
        try await withPage { page, context in
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
            _ = try await page.evaluate("1", deadline: .seconds(30))
            let start = ContinuousClock.now
            for zygote in try chromiumProcesses(of: context.browser.processID, with: "--type=zygote") {
                kill(zygote, SIGKILL)
            }
            let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
            #expect(error?.code == .pageCrashed)
            #expect(await page.isCrashed)
            // Chromium has nobody left to make a renderer.
            let again = await #expect(throws: BrowserError.self) {
                try await page.goto(html("<p>y"), deadline: .seconds(60))
            }
            #expect(again?.code == .pageCrashed)
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }

    @Test func `without its network service a browser is ended`() async throws {
        try await withPage { page, context in
            let browser = context.browser
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
            _ = try await page.evaluate("1", deadline: .seconds(30))
            let start = ContinuousClock.now
            for service in try chromiumProcesses(of: browser.processID, with: "network.mojom.NetworkService") {
                kill(service, SIGKILL)
            }
            let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
            #expect(error?.code == .browserCrashed)
            #expect(error?.message.contains("network service") == true, "\(String(describing: error))")
            #expect(ContinuousClock.now - start < .seconds(30))
            await browser.close()
            #expect(kill(-browser.processID, 0) == -1)
        }
    }

    /// Shuts our own sockets to a port down, as a network would; returns how many there were.
    private static func breakConnections(to port: UInt16) -> Int {
        (Int32(3)..<1024).count { descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isPeer = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
            }
            guard isPeer, address.sin_family == AF_INET, UInt16(bigEndian: address.sin_port) == port else {
                return false
            }
            return shutdown(descriptor, Int32(SHUT_RDWR)) == 0
        }
    }

    @Test func `a sandbox that cannot be had is said, with what to do`() async throws {
        try #require(geteuid() == 0, "Chromium refuses its sandbox to root")
        let loop = EventLoop(name: "browser")
        let error = await #expect(throws: BrowserError.self) {
            _ = try await Browser.launch(on: loop, .init(user: .ids(user: 0, group: 0)))
        }
        #expect(error?.code == .sandboxUnavailable)
        #expect(error?.message.contains("kernel.unprivileged_userns_clone") == true)
        await loop.shutdown()
    }
}
