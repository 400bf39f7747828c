import JSON
import JobModel
import Security
import Storage
import Testing

@testable import JobScheduler

@Suite struct DeadLetterTests {
    /// Jobs that failed with these reasons, one every 10 s, oldest first.
    private func fail(_ reasons: [ReasonCode], _ scenario: JSONObject = [:], on stage: Stage) async throws -> [JobID] {
        var jobs: [JobID] = []
        for reason in reasons {
            jobs.append(try await stage.submit(scenario))
            try await stage.start().fail(reason)
            try await stage.relay()
            stage.time.advance(seconds: 10)
        }
        return jobs
    }

    private func filter(_ change: (inout DeadLetterFilter) -> Void = { _ in }) -> DeadLetterSelection {
        var filter = DeadLetterFilter()
        change(&filter)
        return .filter(filter, limit: 100)
    }

    @Test func `failed and dead jobs are listed, newest first, by reason, intent, name and age`() async throws {
        try await Stage.with { stage in
            let plain = try await fail([.mailRejected, .invalidInput], on: stage)
            let named = try await fail([.mailRejected], ["name": "bill", "intent": "pay"], on: stage)
            let waiting = try await stage.submit()
            let cancelled = try await stage.submit()
            _ = try await stage.scheduler.cancel(cancelled, as: Stage.cli)
            func listed(_ change: (inout DeadLetterFilter) -> Void) async throws -> [JobID] {
                var filter = DeadLetterFilter()
                change(&filter)
                return try await stage.scheduler.deadLetters(filter, limit: 10, for: Stage.cli).map(\.id)
            }
            #expect(try await listed { _ in } == [named[0], plain[1], plain[0]])
            #expect(try await listed { $0.reasons = [.mailRejected] } == [named[0], plain[0]])
            #expect(try await listed { $0.intent = "pay" } == named)
            #expect(try await listed { $0.name = "bill" } == named)
            #expect(try await listed { $0.states = [.dead] }.isEmpty)
            #expect(try await listed { $0.olderThan = 15_000 } == [plain[1], plain[0]])
            #expect(try await listed { $0.newerThan = 15_000 } == named)
            #expect(try await stage.job(waiting).state == .pending)
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            #expect(try await stage.scheduler.deadLetters(DeadLetterFilter(), limit: 10, for: stranger).isEmpty)
        }
    }

    @Test func `requeue runs what fits again, and a dry run tells the same and changes nothing`() async throws {
        try await Stage.with { stage in
            let jobs = try await fail([.mailRejected, .invalidInput, .mailRejected], on: stage)
            let selection = filter { $0.reasons = [.mailRejected] }
            let dry = try await stage.scheduler.requeue(selection, isDryRun: true, as: Stage.cli)
            #expect(dry.jobs == [jobs[2], jobs[0]])
            #expect(try await stage.job(jobs[0]).state == .failed)
            let done = try await stage.scheduler.requeue(selection, as: Stage.cli)
            #expect(done == dry)
            try await stage.relay()
            #expect(try await stage.job(jobs[1]).state == .failed)
            for id in [jobs[0], jobs[2]] {
                #expect(try await stage.job(id).state == .pending)
                #expect(try await stage.scheduler.audit(of: id, for: Stage.cli).last?.action == "job.retried")
            }
            try await stage.start().send(.done)
            let summary = try await stage.scheduler.audit(after: 0, limit: 100, for: Stage.cli).map(\.action)
            #expect(summary.count { $0 == "dead_letters.requeued" } == 1)
            _ = try await stage.scheduler.verifyAudit(for: Stage.cli)
        }
    }

    @Test func `jobs named one by one are requeued, the others are refused with the reason`() async throws {
        try await Stage.with { stage in
            let late: JSONObject = ["deadline": .string(RFC3339.format(stage.time.now + 15_000))]
            let overdue = try await fail([.mailRejected], late, on: stage)[0]
            let failed = try await fail([.mailRejected], on: stage)[0]
            let running = try await stage.submit()
            _ = try await stage.start()
            let selection = DeadLetterSelection.jobs([failed, running, overdue, JobID("none")])
            let dry = try await stage.scheduler.requeue(selection, isDryRun: true, as: Stage.cli)
            let result = try await stage.scheduler.requeue(selection, as: Stage.cli)
            #expect(result == dry)
            #expect(result.jobs == [failed])
            #expect(result.refused.map(\.job) == [running, overdue, JobID("none")])
            #expect(result.refused.map(\.error.code) == [.conflict, .conflict, .notFound])
        }
    }

    @Test func `the limit lets only the newest through and says that there are more`() async throws {
        try await Stage.with { stage in
            let jobs = try await fail([.mailRejected, .mailRejected, .mailRejected], on: stage)
            let selection = DeadLetterSelection.filter(DeadLetterFilter(), limit: 2)
            let result = try await stage.scheduler.requeue(selection, as: Stage.cli)
            #expect(result.jobs == [jobs[2], jobs[1]])
            #expect(result.hasMore)
            #expect(try await !stage.scheduler.requeue(selection, as: Stage.cli).hasMore)
        }
    }

    @Test func `those that are refused do not keep the others out, neither of a requeue nor of a purge`() async throws {
        try await Stage.with { stage in
            let old = try await fail([.mailRejected, .mailRejected], on: stage)
            let late: JSONObject = ["deadline": .string(RFC3339.format(stage.time.now + 35_000))]
            let overdue = try await fail([.mailRejected, .mailRejected, .mailRejected], late, on: stage)
            stage.time.advance(seconds: 10)
            let selection = DeadLetterSelection.filter(DeadLetterFilter(), limit: 1)
            let first = try await stage.scheduler.requeue(selection, as: Stage.cli)
            #expect(first.jobs == [old[1]] && first.hasMore)
            #expect(first.refused.map(\.job) == overdue.reversed())
            let second = try await stage.scheduler.requeue(selection, as: Stage.cli)
            #expect(second.jobs == [old[0]] && !second.hasMore)
            for job in overdue.dropFirst() {
                _ = try await stage.scheduler.hold(job, reason: "court", as: Stage.cli)
            }
            for isDryRun in [true, false] {
                let purged = try await stage.scheduler.purge(selection, isDryRun: isDryRun, as: Stage.cli)
                #expect(purged.jobs == [overdue[0]] && purged.refused.count == 2 && !purged.hasMore)
            }
        }
    }

    @Test func `a dry run judges each against those before it: of two with one key only one runs`() async throws {
        try await Stage.with { stage in
            var jobs: [JobID] = []
            for _ in 1...2 {
                var submission = JobSubmission(
                    scenario: ["name": "sample", "tasks": [["action": "goto", "url": "https://x/"]]]
                )
                submission.unique = UniqueKey("u", conflict: .reject)
                jobs.append(try await stage.scheduler.submit(submission, as: Stage.cli).id)
                try await stage.relay()
                try await stage.start().fail(.mailRejected)
                try await stage.relay()
            }
            let named = DeadLetterSelection.jobs([jobs[0], jobs[0], jobs[1]])
            for selection in [filter(), named] {
                let dry = try await stage.scheduler.requeue(selection, isDryRun: true, as: Stage.cli)
                #expect(dry.jobs.count == 1 && dry.refused.count == 1)
                let refusal = try #require(dry.refused.first?.error.message)
                #expect(refusal.contains("is held by job \(dry.jobs[0]), which is pending"))
            }
            let dry = try await stage.scheduler.requeue(named, isDryRun: true, as: Stage.cli)
            #expect(try await stage.scheduler.requeue(named, as: Stage.cli) == dry)
        }
    }

    @Test func `purge removes a job and all it left, and the audit keeps that it was there`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("mail")
            try await worker.step("mail", "failed", ["in_doubt": false])
            try await worker.fail(.mailRejected)
            try await stage.relay()
            let dry = try await stage.scheduler.purge(filter(), isDryRun: true, as: Stage.cli)
            #expect(dry.jobs == [id])
            #expect(try await stage.job(id).state == .failed)
            #expect(try await stage.scheduler.purge(filter(), as: Stage.cli).jobs == [id])
            await #expect { try await stage.job(id) } throws: { ($0 as? SchedulerError)?.code == .notFound }
            let (tasks, events) = try await stage.store.read {
                try ($0.tasks(of: id), $0.events(of: id, after: 0, limit: 9))
            }
            #expect(tasks.isEmpty && events.isEmpty)
            let audit = try await stage.scheduler.audit(after: 0, limit: 100, for: Stage.cli)
            #expect(audit.filter { $0.job == id }.last?.action == "job.purged")
            _ = try await stage.scheduler.verifyAudit(for: Stage.cli)
            #expect(try await stage.scheduler.purge(filter(), as: Stage.cli).jobs.isEmpty)
        }
    }

    @Test func `another tenant's dead letters are neither requeued nor purged`() async throws {
        try await Stage.with { stage in
            let id = try await fail([.mailRejected], on: stage)[0]
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            #expect(try await stage.scheduler.purge(filter(), as: stranger).jobs.isEmpty)
            #expect(
                try await stage.scheduler.requeue(.jobs([id]), as: stranger).refused.map(\.error.code) == [.notFound]
            )
            #expect(try await stage.job(id).state == .failed)
        }
    }
}
