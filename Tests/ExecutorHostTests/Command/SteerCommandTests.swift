import FoundationEssentials
import JSON
import JobModel
import Testing

@testable import ExecutorHost

struct SteerCommandTests {
    private func submit(_ desk: Desk) async throws -> String {
        let path = desk.directory + "/s.yaml"
        let text = "name: n\ntasks: [{action: goto, url: 'https://x/'}, {id: rest, action: goto, url: 'https://x/'}]\n"
        try Data(text.utf8).write(to: URL(filePath: path))
        return try #require(await desk.run("submit", path).result.first)
    }

    private func lose(_ desk: Desk) async throws -> String {
        let id = try await submit(desk)
        try await desk.work(.failure, ["reason": "page_session_lost", "message": "Lost", "failed_step": "t0"])
        return id
    }

    @Test func `a job that needs a human is resolved, and what is not run is said`() async throws {
        try await Desk.with { desk in
            let ended = try await lose(desk)
            let done = await desk.run("resolve", ended, "done")
            #expect(done.code == .ok, "\(done.notes)")
            #expect(done.result.first?.hasPrefix("\(ended)  done") == true)
            #expect(done.notes.joined().contains("not run: t0, rest"))
            let again = await desk.run("resolve", ended, "redo")
            #expect(again.code == .failed && again.notes.joined().contains("there is nothing to resolve"))
            let other = try await lose(desk)
            #expect(await desk.run("resolve", other, "fail").result.first?.contains("failed") == true)
        }
    }

    @Test func `cancelling a job that runs says that it stops`() async throws {
        try await Desk.with { desk in
            let id = try await submit(desk)
            let step: JSONObject = [
                "kind": "step", "step_id": "t0", "iteration": 0, "status": "running", "action": "goto",
            ]
            try await desk.work(.inform, step)
            let outcome = await desk.run("cancel", id)
            #expect(outcome.code == .ok, "\(outcome.notes)")
            #expect(outcome.result.first?.hasSuffix("  stopping (cancelled)") == true, "\(outcome.result)")
        }
    }

    @Test func `an ended job runs again, a done one only freshly`() async throws {
        try await Desk.with { desk in
            let id = try await submit(desk)
            try await desk.work(.done)
            let refused = await desk.run("retry", id)
            #expect(refused.code == .failed && refused.notes.joined().contains("only a fresh run"))
            #expect(refused.notes.joined().contains("cpa retry --fresh"))
            let fresh = await desk.run("retry", id, "--fresh")
            #expect(fresh.code == .ok && fresh.result.first?.contains("pending") == true)
        }
    }

    @Test(arguments: [
        (["resolve", "x"], "'resolve' needs done|redo|fail"),
        (["resolve", "x", "don"], "there is no resolution 'don'; did you mean 'done'?"),
        (["retry"], "'retry' needs ID"),
    ])
    func `what is no resolution is told the words`(words: [String], message: String) async throws {
        try await Desk.with { desk in
            let outcome = await desk.run(words)
            #expect(outcome.code == .usage)
            #expect(outcome.notes.joined().contains(message), "\(outcome.notes)")
        }
    }
}
