import JSON
import JobModel
import JobScheduler
import Storage
import Testing

@Suite struct JournalTests {
    private func journal(_ stage: Stage) async throws -> JSONValue? {
        let worker = try await stage.claim("next")
        return try await worker.send(.agree)["journal"]
    }

    private func states(_ journal: JSONValue?) -> [String] {
        (journal?.array ?? []).map { "\($0["step_id"]?.string ?? "") \($0["state"]?.string ?? "")" }
    }

    @Test func `the next worker learns what is done and what is in doubt`() async throws {
        try await Stage.with { stage in
            _ = try await stage.submit()
            let worker = try await stage.start()
            try await worker.step("read", "done", ["outputs": ["n": 7]])
            try await worker.intent("mail")
            stage.time.advance(seconds: 21)
            try await stage.sweep()
            let journal = try await journal(stage)
            #expect(states(journal) == ["read done", "mail intent"])
            #expect(journal?[0]?["result"]?["outputs"] == ["n": 7])
        }
    }

    @Test(arguments: [(nil, ["mail intent"]), (true, ["mail intent"]), (false, [])])
    func `a failed effect stays in doubt until the worker says that nothing happened`(
        inDoubt: Bool?,
        expected: [String]
    ) async throws {
        try await Stage.with { stage in
            _ = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("mail")
            try await worker.step("mail", "failed", inDoubt.map { ["in_doubt": .bool($0)] } ?? [:])
            try await worker.send(.refuse, ["reason": "drain"])
            try await stage.relay()
            #expect(states(try await journal(stage)) == expected)
        }
    }

    @Test func `a worker that could not look up an earlier intent does not clear it`() async throws {
        try await Stage.with { stage in
            _ = try await stage.submit()
            try await stage.start("w1").intent("mail")
            stage.time.advance(seconds: 21)
            try await stage.sweep()
            let second = try await stage.start("w2")
            try await second.step("mail", "retrying", ["in_doubt": false])
            try await second.step("mail", "failed", ["in_doubt": false])
            try await second.send(.refuse, ["reason": "drain"])
            try await stage.relay()
            #expect(states(try await journal(stage)) == ["mail intent"])
        }
    }

    @Test(arguments: [true, false])
    func `an effect that was only being prepared when its try failed is in no doubt for the next worker`(
        isPreparing: Bool
    ) async throws {
        try await Stage.with { stage in
            _ = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("mail", isPreparing ? ["phase": "preparing"] : [:])
            try await worker.step("mail", "retrying", ["in_doubt": .bool(!isPreparing)])
            stage.time.advance(seconds: 21)
            try await stage.sweep()
            let journal = try await journal(stage)
            #expect(states(journal) == ["mail intent"])
            #expect((journal?[0]?["result"]?["phase"] == "preparing") == isPreparing)
        }
    }

    @Test func `an effect that is done cannot be begun again`() async throws {
        try await Stage.with { stage in
            _ = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("mail")
            try await worker.step("mail", "done")
            await #expect { try await worker.intent("mail") } throws: { ($0 as? SchedulerError)?.code == .conflict }
        }
    }

    @Test func `a retry finds the journal, a fresh run does not`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("mail")
            try await worker.step("mail", "done")
            try await worker.fail(.timeout)
            _ = try await stage.scheduler.retry(id, as: Stage.cli)
            try await stage.relay()
            let second = try await stage.claim("w2")
            let retried = try await second.send(.agree)
            #expect(states(retried["journal"]) == ["mail done"] && retried["job"]?["run"] == 0)
            try await second.fail(.timeout)
            _ = try await stage.scheduler.retry(id, isFresh: true, as: Stage.cli)
            try await stage.relay()
            let third = try await stage.claim("w3")
            let answer = try await third.send(.agree)
            #expect(states(answer["journal"]) == [] && answer["job"]?["run"] == 1)
            #expect(try await stage.job(id).lastSequence > 8)
        }
    }

    @Test(arguments: [
        (Resolution.done, JobState.pending, ["mail done"]), (.redo, .pending, []), (.fail, .failed, ["mail intent"]),
    ])
    func `a human decides about a step in doubt`(
        resolution: Resolution,
        state: JobState,
        journalled: [String]
    ) async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["max_retries": 3])
            let worker = try await stage.start()
            try await worker.intent("mail")
            try await worker.fail(.stepInDoubt, retryable: true)
            #expect(try await stage.job(id).state == .needsReview)
            let job = try await stage.scheduler.resolve(id, resolution, as: Stage.cli)
            #expect(job.state == state)
            let tasks = try await stage.scheduler.job(id, for: Stage.cli).tasks
            let rows = tasks.compactMap { task in task.journal.map { "\(task.key.step) \($0.rawValue)" } }
            #expect(rows == journalled)
        }
    }

    @Test(arguments: [(Resolution.done, "done"), (.redo, "retrying")])
    func `watchers hear what a human says of a step, and nothing is left of its doubt`(
        resolution: Resolution,
        status: String
    ) async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("mail")
            let doubt: JSONObject = ["reason": "step_in_doubt", "message": "Check, then resolve", "in_doubt": true]
            try await worker.step("mail", "failed", doubt)
            try await worker.fail(.stepInDoubt)
            _ = try await stage.scheduler.resolve(id, resolution, as: Stage.cli)
            let task = try #require(try await stage.scheduler.job(id, for: Stage.cli).tasks.first)
            #expect(task.status == status)
            let event = try await stage.scheduler.events(of: id, after: 0, for: Stage.cli).last { $0.kind == .step }
            for said in [task.result, event?.data ?? [:]] {
                #expect(said["status"]?.string == status && said["resolved_by"] == "cli")
                for name in doubt.map(\.key) { #expect(said[name] == nil, "\(name)") }
            }
            #expect(event?.step == "mail")
        }
    }

    @Test func `a job given up by hand does not ask for it any more`() async throws {
        try await Stage.with { stage in
            let doubtful = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("mail")
            try await worker.fail(.stepInDoubt)
            let failed = try await stage.scheduler.resolve(doubtful, .fail, as: Stage.cli)
            let words = "A human resolved it as failed: step mail was in doubt"
            #expect(failed.reason == .stepInDoubt && failed.message == words)
            try await stage.relay()
            let lost = try await stage.scheduler.resolve(try await stage.lostPage(), .fail, as: Stage.cli)
            #expect(lost.message == "A human resolved it as failed: the page it would have gone on with was lost")
        }
    }

    @Test func `there is nothing to resolve in a job that does not ask`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            await #expect { try await stage.scheduler.resolve(id, .done, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.code == .conflict
            }
        }
    }

    @Test func `a job whose page is lost ends as done without the rest, and names it`() async throws {
        try await Stage.with { stage in
            let id = try await stage.lostPage()
            let job = try await stage.scheduler.resolve(id, .done, as: Stage.cli)
            #expect(job.state == .done && job.message == "Ended as done by hand; not run: look, t2")
            let last = try await stage.scheduler.audit(of: id, for: Stage.cli).last
            #expect(last?.action == "job.done" && last?.detail.contains(#""not_run":["look","t2"]"#) == true)
        }
    }

    @Test func `what is left of a loop is named, and what failed and was passed over is not`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit([
                "tasks": [
                    ["id": "greet", "action": "goto", "url": "https://x/", "on_error": "continue"],
                    ["id": "pay", "action": "goto", "url": "https://x/", "once": true, "for_each": [1, 2, 3]],
                    ["id": "rest", "action": "goto", "url": "https://x/"],
                ]
            ])
            let worker = try await stage.start()
            try await worker.step("greet", "failed")
            try await worker.step("pay", "done")
            try await worker.fail(.pageSessionLost)
            let job = try await stage.scheduler.resolve(id, .done, as: Stage.cli)
            #expect(job.message == "Ended as done by hand; not run: what is left of pay, rest")
        }
    }
}
