import EventLoops
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import BrowserAutomation

/// Parts of Chromium that go, one by one.
@Suite(.timeLimit(.minutes(2)), .retried) struct LossTests {
    /// The processes of a browser whose command line holds a word.
    private static func processes(of group: Int32, with word: String) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init).filter { id in
            guard getpgid(id) == group, let command = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else {
                return false
            }
            return String(decoding: command, as: UTF8.self).contains(word)
        }
    }

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

    @Test func `a network service that was killed is started again, and pages load`() async throws {
        try await PageServer.with { site in
            try await withBrowser { browser in
                let page = try await browser.newContext().newPage()
                try await page.goto(site("/page?one"), deadline: .seconds(30))
                let services = try Self.processes(of: browser.processID, with: "network.mojom.NetworkService")
                #expect(!services.isEmpty)
                for service in services { kill(service, SIGKILL) }
                // What is asked of it in this moment may be lost with it.
                let end = ContinuousClock.now + .seconds(20)
                var title = ""
                while title != "two", .now < end {
                    _ = try? await page.goto(site("/page?two"), deadline: .seconds(30))
                    title = (try? await page.title(until: .now + .seconds(5))) ?? ""
                }
                #expect(title == "two")
            }
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
