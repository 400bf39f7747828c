import EventLoops
import FoundationEssentials
import Glibc
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(1))) struct HostKillTests {
    @Test func `a host that is killed leaves no Chromium, and the next browser clears its directory`() async throws {
        let result = try #require(
            await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardErrorContent]) {
                let loop = EventLoop(name: "doomed")
                let browser = try await Browser.launch(on: loop)
                let context = try await browser.newContext()
                _ = try await context.newPage()
                let line = Array("HOST \(browser.processID) \(browser.directory.path)\n".utf8)
                _ = write(STDERR_FILENO, line, line.count)
                kill(getpid(), SIGKILL)
            }
        )
        let words = String(decoding: result.standardErrorContent, as: UTF8.self)
        let lines = words.split(separator: "\n").filter { $0.hasPrefix("HOST ") }
        let line = try #require(lines.first).split(separator: " ")
        let group = try #require(Int32(line[1]))
        let directory = String(line[2])
        let loop = EventLoop(name: "test")
        let end = ContinuousClock.now.advanced(by: .seconds(10))
        while Self.isAlive(group: group), ContinuousClock.now < end { try await loop.sleep(for: .milliseconds(50)) }
        #expect(!Self.isAlive(group: group))
        // This process inherits them (ChildProcess makes it their reaper). Left as zombies they would hide the exits of other
        // tests' processes from the test library, which waits for any child.
        while waitpid(-group, nil, 0) > 0 {}

        // Only directories that are old enough to have a lock are cleared.
        #expect(FileManager.default.fileExists(atPath: directory))
        BrowserDirectory.removeAbandoned(in: "/tmp", olderThan: 0)
        #expect(!FileManager.default.fileExists(atPath: directory))
        await loop.shutdown()
    }

    /// Whether a process of the group runs; one that only waits for process 1 to reap it does not.
    private static func isAlive(group: Int32) -> Bool {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).contains { process in
            guard getpgid(process) == group, let data = FileManager.default.contents(atPath: "/proc/\(process)/stat")
            else { return false }
            return !String(decoding: data, as: UTF8.self).contains(") Z ")
        }
    }
}
