import JSON
import JobModel
import JobScheduler
import Security
import Storage
import Testing

@Suite struct LifeCycleTests {
    @Test func `a job goes from submission to done, and every step of it is an event`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            try await worker.step("t0", "running")
            try await worker.step("t0", "done", ["outputs": ["x": 1]])
            try await worker.send(.done, ["outputs": ["sum": 5]])
            let job = try await stage.job(id)
            #expect(job.state == .done)
            #expect(job.outputs == ["sum": 5])
            #expect(job.lastSequence == 6)
            let kinds = ["state pending", "state running", "step running", "step done", "state done", "end done"]
            #expect(try await stage.kinds(id) == kinds)
            let audit = try await stage.scheduler.audit(of: id, for: Stage.cli).map(\.action)
            #expect(audit == ["job.submitted", "job.started", "step.done", "job.done"])
            _ = try await stage.scheduler.verifyAudit(for: Stage.cli)
        }
    }

    @Test func `the worker gets all it needs with the acknowledgement`() async throws {
        try await Stage.with { stage in
            let submission = JobSubmission(
                scenario: [
                    "name": "n", "variables": ["a": 1, "b": 2], "timeout": 60,
                    "tasks": [["action": "goto", "url": "https://x/"]],
                ],
                variables: ["b": 3]
            )
            let id = try await stage.scheduler.submit(submission, as: Stage.cli).id
            try await stage.relay()
            let answer = try await stage.claim().send(.agree)
            #expect(answer["job"]?["id"] == .string(id.rawValue))
            #expect(answer["job"]?["scenario"]?["variables"] == ["a": 1, "b": 3])
            #expect(answer["job"]?["attempt"] == 1)
            #expect(answer["job"]?["deadline_ms"] == .integer(stage.time.now + 60_000))
            #expect(answer["journal"] == [])
        }
    }

    @Test func `a failure that may pass is tried again later, one attempt after the other`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["max_retries": 1])
            try await stage.start().fail(.mailThrottled, retryable: true)
            try await stage.relay()
            #expect(try await stage.job(id).state == .scheduled)
            await #expect(throws: SchedulerError.self) { try await stage.claim() }
            stage.time.advance(seconds: 2)
            try await stage.start().fail(.mailThrottled, retryable: true)
            let job = try await stage.job(id)
            #expect(job.state == .failed)
            #expect(job.reason == .mailThrottled)
            #expect(job.attempts == 2)
        }
    }

    @Test func `a business error is not tried again, whatever the worker says`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["max_retries": 5])
            try await stage.start().fail(.expectationFailed, retryable: true)
            #expect(try await stage.job(id).state == .failed)
        }
    }

    @Test func `the scenario's policy says after what and when a job is tried again`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["retry": ["delays": [3, 30], "on": ["expectation_failed"]]])
            for delay in [3, 30] as [Int64] {
                try await stage.start().fail(.expectationFailed)
                try await stage.relay()
                #expect(try await stage.job(id).notBefore == stage.time.now + delay * 1_000)
                stage.time.advance(seconds: delay)
            }
            try await stage.start().fail(.expectationFailed)
            #expect(try await stage.job(id).state == .failed)
            let other = try await stage.submit(["max_retries": 5, "retry": ["on": ["expectation_failed"]]])
            try await stage.start().fail(.mailThrottled, retryable: true)
            #expect(try await stage.job(other).state == .failed)
        }
    }

    @Test(arguments: ["drain", "busy"])
    func `a job handed back starts again and has used no attempt`(reason: String) async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.start("w1").send(.refuse, ["reason": .string(reason)])
            try await stage.relay()
            #expect(try await stage.job(id).state == .pending)
            _ = try await stage.start("w2")
            let job = try await stage.job(id)
            #expect(job.worker == WorkerID("w2"))
            #expect(job.attempts == 0)
            #expect(job.deliveries == 2)
        }
    }

    @Test func `a job that lost three workers is dead`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            for losses in 1...3 {
                _ = try await stage.start("w\(losses)")
                stage.time.advance(seconds: 21)
                try await stage.sweep()
                #expect(try await stage.job(id).losses == losses)
            }
            let job = try await stage.job(id)
            #expect(job.state == .dead)
            #expect(job.reason == .poison)
            #expect(job.attempts == 0)
            #expect(try await !stage.index.isKnown(id))
        }
    }

    @Test func `a worker that vanished before it agreed costs the job nothing`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let vanished = try await stage.claim("w1")
            stage.time.advance(seconds: 21)
            try await stage.sweep()
            _ = try await stage.start("w2")
            #expect(try await stage.job(id).losses == 0)
            await #expect(throws: SchedulerError.self) { try await vanished.send(.agree) }
        }
    }

    @Test func `a job submitted for later waits for its time`() async throws {
        try await Stage.with { stage in
            var submission = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x/"]]])
            submission.notBefore = stage.time.now + 60_000
            let job = try await stage.scheduler.submit(submission, as: Stage.cli)
            try await stage.relay()
            #expect(job.state == .scheduled)
            await #expect(throws: SchedulerError.self) { try await stage.claim() }
            stage.time.advance(seconds: 60)
            _ = try await stage.start()
            #expect(try await stage.job(job.id).state == .running)
        }
    }

    @Test func `a job submitted for later that is cancelled and retried still waits for its time`() async throws {
        try await Stage.with { stage in
            var submission = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x/"]]])
            submission.notBefore = stage.time.now + 60_000
            let id = try await stage.scheduler.submit(submission, as: Stage.cli).id
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            let again = try await stage.scheduler.retry(id, as: Stage.cli)
            #expect(again.state == .scheduled && again.notBefore == submission.notBefore)
            try await stage.relay()
            await #expect(throws: SchedulerError.self) { try await stage.claim() }
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            stage.time.advance(seconds: 60)
            let late = try await stage.scheduler.retry(id, as: Stage.cli)
            #expect(late.state == .pending && late.notBefore == nil)
        }
    }

    @Test func `a pause between two tries does not outlive a cancel`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["max_retries": 3])
            try await stage.start().fail(.timeout, retryable: true)
            #expect(try await stage.job(id).state == .scheduled)
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            #expect(try await stage.scheduler.retry(id, as: Stage.cli).state == .pending)
        }
    }

    @Test func `a deadline ends a waiting job`() async throws {
        try await Stage.with { stage in
            let deadline = RFC3339.format(stage.time.now + 10_000)
            let id = try await stage.submit(["deadline": .string(deadline)])
            stage.time.advance(seconds: 10)
            try await stage.sweep()
            let job = try await stage.job(id)
            #expect(job.state == .failed)
            #expect(job.reason == .deadline)
        }
    }

    @Test(arguments: [0, 1])
    func `a worker that ignores the timeout is stopped, and the attempt failed of it`(retries: Int) async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["timeout": 5, "max_retries": JSONValue(retries)])
            let worker = try await stage.start()
            stage.time.advance(seconds: 8)
            try await stage.sweep()
            #expect(await stage.index.wasCancelled(id))
            try await worker.fail(.cancelled)
            let job = try await stage.job(id)
            #expect(job.state == (retries == 0 ? .failed : .scheduled))
            #expect(job.reason == .timeout && job.attempts == 1)
        }
    }

    @Test func `a worker that ignores the deadline is stopped, and nothing is tried again`() async throws {
        try await Stage.with { stage in
            let deadline = RFC3339.format(stage.time.now + 10_000)
            let id = try await stage.submit(["deadline": .string(deadline), "max_retries": 3])
            let worker = try await stage.start()
            stage.time.advance(seconds: 13)
            try await stage.sweep()
            try await worker.fail(.cancelled)
            let job = try await stage.job(id)
            #expect(job.state == .failed && job.reason == .deadline)
        }
    }

    @Test func `a timeout that a worker calls a deadline has reason and message of a timeout`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["timeout": 2])
            let failure: JSONObject = [
                "reason": "deadline", "message": "The job did not end before its deadline.", "retryable": false,
            ]
            try await stage.start().send(.failure, failure)
            let job = try await stage.job(id)
            #expect(job.reason == .timeout && job.message == "It took longer than its timeout allows")
        }
    }

    @Test func `one idempotency key makes one job`() async throws {
        try await Stage.with { stage in
            let scheduler = stage.scheduler
            var submission = JobSubmission(
                scenario: ["tasks": [["action": "goto", "url": "https://x/"]]],
                idempotencyKey: "k"
            )
            let first = submission
            let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 0..<50 { group.addTask { try await scheduler.submit(first, as: Stage.cli).id } }
                return try await group.reduce(into: Set<JobID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            submission.notBefore = 1
            let second = submission
            await #expect { try await scheduler.submit(second, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.status == 422
            }
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            #expect(try await scheduler.submit(second, as: stranger).tenant == TenantID("x"))
        }
    }

    @Test func `a submission whose job was removed is not run again within its seven days`() async throws {
        try await Stage.with { stage in
            let submission = JobSubmission(
                scenario: ["name": "s", "tasks": [["action": "goto", "url": "https://x/"]]],
                idempotencyKey: "k"
            )
            let id = try await stage.scheduler.submit(submission, as: Stage.cli).id
            try await stage.relay()
            try await stage.start().fail(.mailRejected)
            #expect(try await stage.scheduler.purge(.jobs([id]), as: Stage.cli).jobs == [id])
            await #expect { try await stage.scheduler.submit(submission, as: Stage.cli) } throws: {
                let error = $0 as? SchedulerError
                return error?.code == .conflict && error?.message.contains("job \(id), which has been removed") == true
            }
            var other = submission
            other.scenario["name"] = "t"
            await #expect { try await stage.scheduler.submit(other, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.code == .idempotencyMismatch
            }
            stage.time.advance(seconds: 8 * 24 * 3_600)
            let before = stage.time.now - stage.scheduler.configuration.messageRetention.milliseconds
            try await stage.store.write { try $0.deleteMessages(before: before, limit: 100) }
            #expect(try await stage.scheduler.submit(submission, as: Stage.cli).id != id)
        }
    }

    @Test func `an idempotency key compares what is said, not the order it is said in`() async throws {
        try await Stage.with { stage in
            let scheduler = stage.scheduler
            let orders = [
                #"{"name": "n", "tasks": [{"action": "goto", "url": "https://x/"}]}"#,
                #"{ "tasks":[{"url":"https://x/","action":"goto"}], "name":"n" }"#,
            ]
            var ids: Set<JobID> = []
            for text in orders {
                let scenario = try #require(try JSONValue(parsing: text).object)
                let submission = JobSubmission(scenario: scenario, idempotencyKey: "k")
                ids.insert(try await scheduler.submit(submission, as: Stage.cli).id)
            }
            #expect(ids.count == 1)
        }
    }

    @Test func `a scenario that cannot run is refused with every problem`() async throws {
        try await Stage.with { stage in
            let scenario: JSONObject = ["tasks": [["action": "klick"], ["action": "goto"]]]
            let submission = JobSubmission(scenario: scenario)
            await #expect { try await stage.scheduler.submit(submission, as: Stage.cli) } throws: {
                let error = $0 as? SchedulerError
                return error?.status == 400 && (error?.problems.count ?? 0) == 2
            }
            let desktop = JobSubmission(scenario: ["tasks": [["action": "open_app", "text": "x"]]])
            await #expect { try await stage.scheduler.submit(desktop, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.reason == .noCapableWorker
            }
            let jobs = try await stage.scheduler.jobs(JobQuery(tenant: .default), for: Stage.cli)
            #expect(jobs.isEmpty)
        }
    }

    @Test(arguments: [0, 201])
    func `an idempotency key of a length nobody needs is refused`(length: Int) async throws {
        try await Stage.with { stage in
            let key = String(repeating: "k", count: length)
            let scenario: JSONObject = ["tasks": [["action": "goto", "url": "https://x/"]]]
            let submission = JobSubmission(scenario: scenario, idempotencyKey: key)
            await #expect { try await stage.scheduler.submit(submission, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.code == .invalidInput
            }
        }
    }

    @Test func `a variable the scenario does not declare is refused`() async throws {
        try await Stage.with { stage in
            let submission = JobSubmission(
                scenario: ["variables": ["firm": ""], "tasks": [["action": "goto", "url": "https://x/"]]],
                variables: ["frim": "X"]
            )
            await #expect { try await stage.scheduler.submit(submission, as: Stage.cli) } throws: {
                "\($0)".contains("did you mean 'firm'")
            }
        }
    }

    @Test func `another tenant's job is not there`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            await #expect { try await stage.scheduler.job(id, for: stranger) } throws: {
                ($0 as? SchedulerError)?.code == .notFound
            }
            await #expect(throws: SchedulerError.self) { try await stage.scheduler.cancel(id, as: stranger) }
            #expect(try await stage.scheduler.jobs(JobQuery(tenant: .default), for: stranger).isEmpty)
        }
    }

    @Test func `a restart loses nothing`() async throws {
        try await Stage.with { stage in
            let running = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("mail")
            let sample = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x/"]]])
            let unrelayed = try await stage.scheduler.submit(sample, as: Stage.cli).id
            let second = try await stage.restarted()
            try await second.relay()
            #expect(try await second.start("w2").job == unrelayed)
            let survivor = TestWorker(scheduler: second.scheduler, index: stage.index, lease: worker.lease)
            try await survivor.step("mail", "done")
            try await survivor.send(.done)
            #expect(try await second.job(running).state == .done)
            _ = try await second.scheduler.verifyAudit(for: Stage.cli)
            await second.store.close()
        }
    }
}
