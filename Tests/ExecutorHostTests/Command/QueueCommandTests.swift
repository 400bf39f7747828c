import JSON
import Testing

@testable import ExecutorHost

struct QueueCommandTests {
    private func limit(_ desk: Desk, _ options: String...) async -> String {
        let outcome = await desk.run(["queue", "limit", "--tenant", "z"] + options)
        #expect(outcome.code == .ok, "\(outcome.notes)")
        return outcome.result.joined(separator: "\n")
    }

    @Test func `a limit that is not named stays, and none takes one away`() async throws {
        try await Desk.with { desk in
            let first = await limit(desk, "--concurrency", "4", "--rate", "60/1m", "--burst", "5")
            #expect(first.contains("at most 4 at once") && first.contains("60 starts in 1m, burst 5"))
            let second = await limit(desk, "--weight", "3")
            #expect(second.contains("weight 3") && second.contains("at most 4 at once") && second.contains("60 starts"))
            #expect(await limit(desk, "--burst", "9").contains("60 starts in 1m, burst 9"))
            #expect(await limit(desk, "--rate", "30/1m").contains("30 starts in 1m, burst 9"))
            let last = await limit(desk, "--rate", "none", "--concurrency", "none")
            #expect(last.contains("weight 3") && !last.contains("starts") && !last.contains("at once"))
        }
    }

    @Test func `without a limit it shows those there are and changes nothing`() async throws {
        try await Desk.with { desk in
            _ = await limit(desk, "--concurrency", "4")
            _ = await desk.run("queue", "limit", "--weight", "2")
            #expect(await limit(desk).contains("at most 4 at once"))
            let all = await desk.run("queue", "limit").result
            #expect(all.count == 2 && all.contains { $0.contains("default") && $0.contains("weight 2") })
            #expect(await limit(desk).contains("at most 4 at once"))
        }
    }

    @Test func `a tenant that is resumed while the whole queue is paused is told so`() async throws {
        try await Desk.with { desk in
            _ = await desk.run("queue", "pause")
            #expect(await desk.run("queue", "resume").notes.isEmpty)
            _ = await desk.run("queue", "pause", "--all")
            let resumed = await desk.run("queue", "resume")
            #expect(resumed.code == .ok && resumed.result.first?.contains("runs") == true)
            #expect(resumed.notes.joined().contains("'cpa queue resume --all' resumes it"))
            #expect(await desk.run("queue", "resume", "--all").notes.isEmpty)
        }
    }

    @Test(arguments: [
        (["limit", "--all", "--weight", "3"], "--all does not go with 'queue limit': it takes --tenant, --weight"),
        (["pause", "--weight", "3"], "--weight does not go with 'queue pause'"),
        (["resume", "--note", "x"], "--note does not go with 'queue resume'"),
        (["show", "--tenant", "z"], "--tenant does not go with 'queue show'"),
        (["limit", "--burst", "3"], "--burst goes with --rate: 'default' has none"),
        (["limit", "--rate", "often"], "--rate: 'often' is not of the form 60/1m, nor none"),
        (["limits"], "there is no 'queue limits'; did you mean 'limit'?"),
    ])
    func `what does not belong is refused, and nothing changes`(words: [String], message: String) async throws {
        try await Desk.with { desk in
            let outcome = await desk.run(["queue"] + words)
            #expect(outcome.code == .usage)
            #expect(outcome.notes.joined().contains(message), "\(outcome.notes)")
            #expect(await desk.run("queue", "limit").result.isEmpty)
        }
    }
}
