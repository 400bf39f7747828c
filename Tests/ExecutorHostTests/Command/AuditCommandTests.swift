import FoundationEssentials
import Testing

@testable import ExecutorHost

struct AuditCommandTests {
    @Test func `an erasure that finds jobs it must leave does not say that nobody names the person`() async throws {
        try await Desk.with { desk in
            let path = "\(desk.directory)/file.yaml"
            let text = "name: Akte anna@x.example\ntasks:\n  - {action: goto, url: 'https://x/'}\n"
            try Data(text.utf8).write(to: URL(filePath: path))
            let id = try #require(await desk.run("submit", path).result.first)
            let kept = await desk.run("audit", "erase", "--person", "anna@x.example")
            #expect(kept.code == .failed && kept.result.isEmpty)
            #expect(kept.notes.first == "none of the jobs that name anna@x.example can be erased now:")
            #expect(kept.notes.last?.hasPrefix("\(id): ") == true, "\(kept.notes)")
            let none = await desk.run("audit", "erase", "--person", "bert@x.example")
            #expect(none.code == .ok && none.notes == ["no job names bert@x.example"])
            #expect(await desk.run("keys", "create", "desk of carl@x.example", "--role", "viewer").code == .ok)
            let named = await desk.run("audit", "erase", "--person", "carl@x.example")
            #expect(named.code == .ok && named.notes.first == "no job names carl@x.example")
            #expect(named.notes.last?.contains("names the person too and is not erased: make another") == true)
            let wrong = await desk.run("audit", "erase", "--person", "Anna <anna@x.example>")
            #expect(wrong.code != .ok && wrong.notes.joined().contains("one mail address"), "\(wrong.notes)")
        }
    }
}
