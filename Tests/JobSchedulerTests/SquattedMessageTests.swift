import JSON
import JobModel
import Security
import Storage
import Testing

@testable import JobScheduler

/// Ids of the scheduler's own messages: nobody else has them, and nobody keeps a job from ending.
@Suite struct SquattedMessageTests {
    /// A job that was made for a request, so that its end is told.
    private func request(_ stage: Stage) async throws -> JobID {
        let scenario: JSONObject = ["name": "asked", "tasks": [["action": "goto", "url": "https://x/"]]]
        let message = message(.request, id: "request-\(stage.time.now)", ["scenario": .object(scenario)])
        let answer = try await stage.scheduler.receive(
            message,
            from: Stage.cli,
            submission: JobSubmission(scenario: scenario)
        )
        try await stage.relay()
        let id = try #require(answer["job_id"]?.string)
        return JobID(id)
    }

    private func message(_ type: LAMMessage.MessageType, id: String, _ payload: JSONObject) -> LAMMessage {
        LAMMessage(
            id: MessageID(id),
            timestamp: 0,
            type: type,
            sender: "agent://desk/me",
            to: ["agent://scheduler"],
            payload: payload
        )
    }

    /// Sends messages under every id that the answer to an end of the job could have.
    private func squat(_ job: JobID, _ stage: Stage) async throws {
        for number in 1...20 {
            let payload: JSONObject = ["job_id": .string(job.rawValue), "proposal": 1]
            _ = try await stage.scheduler.receive(
                message(.propose, id: "m\(job)-\(number)", payload),
                from: Stage.cli
            )
            let own = MessageID(ofScheduler: "\(job)-\(number)").rawValue
            let error = await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.receive(message(.propose, id: own, payload), from: Stage.cli)
            }
            #expect(error?.problems.first?.pointer == "/id")
        }
    }

    private func told(_ job: JobID, _ stage: Stage) async throws -> [String] {
        let messages = try await stage.scheduler.messages(of: job, after: 0, limit: 500, for: Stage.cli)
        return messages.filter { $0.sender == "agent://scheduler" && $0.type != "agree" }.map(\.type)
    }

    @Test func `a job whose ids somebody took beforehand is done, and its end is told`() async throws {
        try await Stage.with { stage in
            let job = try await request(stage)
            try await squat(job, stage)
            let worker = try await stage.start()
            try await worker.send(.done, ["outputs": ["x": 1]])
            #expect(try await stage.job(job).state == .done)
            #expect(try await told(job, stage) == ["done"])
        }
    }

    @Test func `a job whose ids somebody took beforehand is cancelled, runs again, and each end is told`()
        async throws
    {
        try await Stage.with { stage in
            let job = try await request(stage)
            try await squat(job, stage)
            _ = try await stage.scheduler.cancel(job, as: Stage.cli)
            #expect(try await stage.job(job).state == .cancelled)
            _ = try await stage.scheduler.retry(job, as: Stage.cli)
            _ = try await stage.scheduler.cancel(job, as: Stage.cli)
            #expect(try await stage.job(job).state == .cancelled)
            #expect(try await told(job, stage) == ["failure", "failure"])
        }
    }

    @Test func `an end that was told under its id is not told again, and stays`() async throws {
        try await Stage.with { stage in
            let job = try await request(stage)
            let answer = RequestAnswer(try await stage.job(job), at: stage.time.now)
            for _ in 0..<2 { try await stage.store.write { try answer.save(in: $0) } }
            #expect(try await told(job, stage) == ["failure"])
        }
    }

    @Test func `a worker cannot take an id of the scheduler's either`() async throws {
        try await Stage.with { stage in
            let job = try await stage.submit()
            let worker = try await stage.start()
            var message = worker.message(.done, ["outputs": [:]])
            message.id = MessageID(ofScheduler: "\(job)-9")
            let squatted = message
            let error = await #expect(throws: SchedulerError.self) { try await stage.scheduler.receive(squatted) }
            #expect(error?.problems.first?.pointer == "/id")
            #expect(try await stage.job(job).state == .running)
        }
    }
}
