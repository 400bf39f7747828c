import EventLoops
import FixtureServer
import JSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension EndToEnd {
    /// `cpa worker` beside `cpa serve --workers 0`.
    @Suite(.timeLimit(.minutes(2)), .retried, .serialized) struct WorkerTests {
        @Test func `two workers share the jobs of a server`() async throws {
            try await Floor.with { floor in
                var jobs: [String] = []
                for _ in 0..<4 { jobs.append(try await floor.server.submit(Scenarios.slow(seconds: 2))) }
                var workers: Set<String> = []
                for job in jobs {
                    let watched = try await floor.server.watched(job)
                    #expect(watched.state == "done", "\(watched.events)")
                    #expect(watched.workers.count == 1)
                    workers.formUnion(watched.workers)
                }
                #expect(workers.count == 2, "\(workers)")
            }
        }

        @Test func `a job whose worker was killed is finished by the other one, and its mail is sent once`()
            async throws
        {
            // Before the workers are there, whose browsers are new to it then.
            let traces = Traces()
            try await Floor.with { floor in
                let job = try await floor.server.submit(Scenarios.slow(seconds: 3, then: [Scenarios.mail]))
                let begun = try await floor.server.watched(job) { $0.hasBegun("slow") }
                let holder = try #require(begun.workers.last)
                try await floor.kill(holder)
                let watched = try await floor.server.watched(job)
                #expect(watched.state == "done", "\(watched.events)")
                #expect(Set(watched.workers).count == 2, "\(watched.workers)")
                #expect(watched.sequence == Array(1...Int64(watched.sequence.count)))
                let sent = await floor.sent()
                #expect(sent.count == 1, "\(sent)")
                // Its directory goes when the next browser starts; its Chromium must be gone already.
                #expect(try await traces.left().filter { !$0.hasPrefix("/tmp/") } == [])
            }
        }

        @Test func `a worker whose terminal was closed lets its job finish, and leaves nothing`() async throws {
            try await Floor.with { floor in
                let traces = Traces()
                let job = try await floor.server.submit(Scenarios.slow(seconds: 2))
                let begun = try await floor.server.watched(job) { $0.hasBegun("slow") }
                let holder = try #require(begun.workers.last)
                for worker in floor.workers where holder.contains("-\(await worker.process.processID)-") {
                    await worker.process.signal(SIGHUP)
                    #expect(await worker.process.waitForExit() == .exited(code: 0))
                }
                let watched = try await floor.server.watched(job)
                #expect(watched.state == "done" && watched.workers == begun.workers, "\(watched.events)")
                #expect(try await traces.left() == [])
            }
        }

        @Test func `a job whose worker was killed while it sent is never mailed twice`() async throws {
            try await Floor.with { floor in
                try await floor.delaySending(milliseconds: 4000)
                let job = try await floor.server.submit(["name": "mail", "tasks": [Scenarios.mail]])
                let begun = try await floor.server.watched(job) { $0.hasBegun("mail") }
                try await floor.kill(try #require(begun.workers.last))
                let watched = try await floor.server.watched(job)
                #expect(watched.state == "done", "\(watched.events)")
                let sent = await floor.sent()
                #expect(sent.count == 1, "\(sent)")
            }
        }

        @Test func `a mail whose worker was killed once it was asked for is for a human while nobody can see it`()
            async throws
        {
            try await Floor.with { floor in
                try await floor.delaySending(milliseconds: 600_000, isOutboxVisible: false)
                let job = try await floor.server.submit(["name": "mail", "tasks": [Scenarios.mail]])
                let begun = try await floor.server.watched(job) { $0.hasBegun("mail") }
                try await floor.sendingWasAskedFor()
                try await floor.kill(try #require(begun.workers.last))
                let watched = try await floor.server.watched(job)
                #expect(watched.state == "needs_review", "\(watched.events)")
                let drafts = await floor.fixtures.graph.messages(of: "buero@kanzlei.example", in: "drafts")
                #expect(drafts.isEmpty, "nothing was made anew")
            }
        }
    }
}
