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
            let wrong = await desk.run("audit", "erase", "--person", "Anna <anna@x.example>")
            #expect(wrong.code != .ok && wrong.notes.joined().contains("one mail address"), "\(wrong.notes)")
        }
    }
}
