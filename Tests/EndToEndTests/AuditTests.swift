import EventLoops
import FoundationEssentials
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// `cpa audit` against a server's data, while it runs and after it was tampered with.
    @Suite(.timeLimit(.minutes(1)), .retried) struct AuditTests {
        @Test func `a chain is verified against its checkpoints, and a cut is named`() async throws {
            try await Desk.with { desk in
                var desk = desk
                try await desk.serve(["--workers", "0"]) { server in
                    let job = try await server.submit(Scenarios.short)
                    #expect(try await server.call("DELETE", "/jobs/\(job)").status == 200)
                    let live = try await desk.run("cpa", ["audit", "verify"])
                    #expect(live.exit == .exited(code: 0) && live.output.contains("whole"), "\(live.text)")
                    desk.environment["CPA_SCHEDULER_URL"] = server.url
                    let export = try await desk.run("cpa", ["audit", "export", desk.directory + "/audit.jsonl"])
                    #expect(export.exit == .exited(code: 0), "\(export.text)")
                    let list = try await desk.run("cpa", ["audit", "list", "--action", "job.*", "--json"])
                    #expect(list.objects.compactMap { $0["action"]?.string } == ["job.submitted", "job.cancelled"])
                }
                // The server signs when it ends.
                let whole = try await desk.run("cpa", ["audit", "verify", "--json"])
                let count = try #require(whole.objects.first?["records"]?.int64, "\(whole.text)")
                #expect(whole.objects.first?["covered"] == .integer(count) && count >= 2, "\(whole.text)")
                let cut = try await desk.run(
                    "/usr/bin/python3",
                    [
                        "-c",
                        "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('DELETE FROM audit WHERE seq=(SELECT MAX(seq) FROM audit)'); d.commit()",
                        desk.data + "/cpa.db",
                    ]
                )
                #expect(cut.exit == .exited(code: 0), "\(cut.text)")
                let broken = try await desk.run("cpa", ["audit", "verify"])
                #expect(broken.exit == .exited(code: 1), "\(broken.text)")
                #expect(broken.output.contains("NOT WHOLE  record \(count) is missing"), "\(broken.text)")
            }
        }
    }
}
