import JSON
import JobModel
import JobQueue
import JobScheduler
import Storage
import Testing

@Suite struct CancelTests {
    @Test func `a waiting job is cancelled at once and leaves the index`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            #expect(try await stage.scheduler.cancel(id, as: Stage.cli).state == .cancelled)
            try await stage.relay()
            #expect(try await !stage.index.isKnown(id))
            #expect(try await stage.scheduler.cancel(id, as: Stage.cli).state == .cancelled)
        }
    }

    @Test func `a job in back-off is cancelled at once`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["max_retries": 3])
            try await stage.start().fail(.timeout, retryable: true)
            #expect(try await stage.scheduler.cancel(id, as: Stage.cli).state == .cancelled)
        }
    }

    @Test func `a running job is told to stop and ends when its worker says so`() async throws {
        try await stopRunning()
    }

    @Test func `positive control: a cancel the index does not pass on is noticed`() async throws {
        try await withKnownIssue("the index is deaf") {
            try await stopRunning(isDeaf: true)
        } matching: {
            $0.error == nil
        }
    }

    private func stopRunning(isDeaf: Bool = false) async throws {
        try await Stage.with { stage in
            if isDeaf { await stage.index.beDeaf() }
            let id = try await stage.submit(["max_retries": 3])
            let worker = try await stage.start()
            let job = try await stage.scheduler.cancel(id, as: Stage.cli)
            #expect(job.state == .running)
            #expect(job.stopReason == .cancelled)
            try await stage.relay()
            #expect(try await stage.index.heartbeat([worker.lease], lease: .seconds(20)) == [.cancel])
            try await worker.fail(.pageCrashed, retryable: true)
            #expect(try await stage.job(id).state == .cancelled)
        }
    }

    @Test func `a running job whose worker vanished is cancelled when the lease ends`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            _ = try await stage.start()
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            stage.time.advance(seconds: 21)
            try await stage.sweep()
            #expect(try await stage.job(id).state == .cancelled)
        }
    }

    @Test func `a job that was handed back after the request is cancelled, not started again`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            try await worker.send(.refuse, ["reason": "drain"])
            #expect(try await stage.job(id).state == .cancelled)
        }
    }

    @Test(arguments: ["cancelled", "handed back", "lost"])
    func `who cancelled a job is told of a step nobody can say happened`(end: String) async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("t0")
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            switch end {
            case "cancelled":
                try await worker.step("t0", "failed", ["in_doubt": true])
                try await worker.fail(.cancelled)
            case "handed back": try await worker.send(.refuse, ["reason": "drain"])
            default:
                stage.time.advance(seconds: 21)
                try await stage.sweep()
            }
            let job = try await stage.job(id)
            #expect(job.state == .cancelled)
            #expect(job.message?.contains("nobody can tell whether step t0 happened") == true, "\(job.message ?? "")")
            let cause = try await stage.scheduler.explain(id, for: Stage.cli).causes[0].detail
            #expect(cause.contains("whether step t0 happened") && !cause.contains("retry it to run it again"))
        }
    }

    @Test func `what was done before the request arrived stays done`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            try await worker.send(.done)
            #expect(try await stage.job(id).state == .done)
            await #expect { try await stage.scheduler.cancel(id, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.code == .conflict
            }
        }
    }
}
