import EventLoops
import FoundationEssentials
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// `cpa run`: no server, no Redis, one process.
    @Suite(.timeLimit(.minutes(1)), .retried) struct RunTests {
        @Test func `hello runs without a server and leaves its files`() async throws {
            try await Desk.with { desk in
                let run = try await desk.run("cpa", ["run", "scenarios/hello.yaml", "--var", "name=Ada", "--json"])
                try #require(run.exit == .exited(code: 0), "\(run.text)")
                let result = try #require(run.result)
                #expect(result["state"] == "done")
                #expect(result["outputs"]?["answer"] == "Hello, Ada!")
                for name in ["hello.png", "hello.pdf"] {
                    let path = try #require(result["files"]?[name]?.string)
                    #expect((FileManager.default.contents(atPath: path)?.count ?? 0) > 1000, "\(path)")
                }
            }
        }

        @Test func `json is one event a line, numbered without holes, then the result`() async throws {
            try await Desk.with { desk in
                let run = try await desk.run("cpa", ["run", "scenarios/hello.yaml", "--json"])
                try #require(run.exit == .exited(code: 0), "\(run.text)")
                #expect(run.objects.count == run.output.split(separator: "\n").count)
                #expect(run.sequence == Array(1...Int64(run.objects.count - 1)))
                #expect(run.objects.dropLast().last?["type"] == "end")
                #expect(run.result != nil)
                #expect(run.errors == "")
            }
        }

        @Test func `a failing scenario ends with 1, the reason and a screenshot`() async throws {
            try await Desk.with { desk in
                let path = try desk.write(Self.failing, as: "failing.yaml")
                let run = try await desk.run("cpa", ["run", path, "--json"])
                #expect(run.exit == .exited(code: 1), "\(run.text)")
                #expect(run.result?["state"] == "failed")
                #expect(run.result?["reason"] == "not_found")
                #expect(run.result?["failed_step"] == "press")
                let picture = try #require(run.result?["files"]?["error-press.png"]?.string)
                #expect(FileManager.default.contents(atPath: picture)?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
            }
        }

        private static let failing = """
            name: failing
            tasks:
              - action: goto
                url: "data:text/html,<h1>Nothing to press</h1>"
              - id: press
                action: click
                selector: role=button[name="Send"]
                timeout: 1s
            """
    }
}
