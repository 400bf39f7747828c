import EventLoops
import FoundationEssentials
import Glibc
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(1)), .retried) struct SandboxTests {
    private struct Process {
        var command: String
        var status: String
        /// Its user and network namespaces.
        var namespaces: [String]
    }

    /// What /proc says of a browser's processes.
    private static func processes(of group: Int32) throws -> [Process] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init)
            .filter { getpgid($0) == group }
            .compactMap { process in
                guard let command = FileManager.default.contents(atPath: "/proc/\(process)/cmdline"),
                    let status = FileManager.default.contents(atPath: "/proc/\(process)/status")
                else { return nil }
                return Process(
                    command: String(decoding: command, as: UTF8.self).replacing("\0", with: " "),
                    status: String(decoding: status, as: UTF8.self),
                    namespaces: ["user", "net"].compactMap {
                        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/\($0)")
                    }
                )
            }
    }

    @Test func `pages run unprivileged, under seccomp, in namespaces without users and network`() async throws {
        try await withPage { page, context in
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            let processes = try Self.processes(of: context.browser.processID)
            let browsers = processes.filter { !$0.command.contains("--type=") }
            let browser = try #require(browsers.first)
            let renderers = processes.filter { $0.command.contains("--type=renderer") }
            #expect(!renderers.isEmpty)
            for process in processes {
                #expect(!process.command.contains("--no-sandbox"))
                if geteuid() == 0 { #expect(process.status.contains("\nUid:\t65534\t65534\t65534\t65534")) }
            }
            for renderer in renderers {
                #expect(renderer.status.contains("\nSeccomp:\t2"))
                #expect(renderer.namespaces.count == 2)
                #expect(Set(renderer.namespaces).isDisjoint(with: browser.namespaces))
            }
        }
    }

    @Test func `the browser's directory is its user's alone, and files of ours are out of its reach`() async throws {
        try await withPage { page, context in
            let path = context.browser.directory.path
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            guard geteuid() == 0 else { return }
            let error = await #expect(throws: BrowserError.self) {
                try await page.goto("file:///etc/shadow", deadline: .seconds(30))
            }
            #expect(error?.code == .navigationFailed)
        }
    }
}
