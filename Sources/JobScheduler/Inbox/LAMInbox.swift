import JSON
import JobModel
import Storage

/// Takes the messages of workers: each is processed once, under the fence, in one transaction with what it changes.
struct LAMInbox: Sendable {
    let writer: JobWriter
    let configuration: SchedulerConfiguration
    let desk: ConversationDesk

    /// Processes a message; the same message gets the same answer again.
    ///
    /// - Throws: `SchedulerError`; nothing was changed then.
    func receive(_ message: LAMMessage) async throws -> JSONObject {
        let body = try WorkerMessage(message)
        switch body.content {
        case .progress(let step, let data): return try await tick(body, step, data)
        case .delegate(let order): return try await delegate(message, body, order)
        default: break
        }
        let now = writer.environment.now()
        let received = ReceivedMessage(message, at: now)
        let inbox = self
        let answer = try await writer.write { transaction in
            if let known = try received.known(in: transaction) {
                return try inbox.answer(again: known, body, in: transaction)
            }
            let job = try body.job(in: transaction)
            let answer = try inbox.process(body, job, at: now, in: transaction)
            try received.save(for: job.tenant, about: job.id, answer: answer.kept, in: transaction)
            return answer
        }
        return try answer.json()
    }

    /// What a message is answered.
    private enum Answer: Sendable {
        case members(JSONObject)
        case job(JobHandover)

        /// The job itself would be stored with every delivery; it is put together again instead.
        var kept: JSONObject { if case .members(let members) = self { members } else { [:] } }

        func json() throws -> JSONObject {
            switch self {
            case .members(let members): members
            case .job(let handover): try handover.json()
            }
        }
    }

    private func answer(
        again known: MessageRecord,
        _ body: WorkerMessage,
        in transaction: any StoreTransaction
    ) throws -> Answer {
        guard case .agree = body.content else { return .members(known.answer) }
        let job = try body.job(in: transaction)
        try JobChange(job, at: 0, by: "").check(body.fence)
        return .job(try JobHandover(job, in: transaction))
    }

    private func process(
        _ body: WorkerMessage,
        _ job: JobRecord,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws -> Answer {
        var change = JobChange(job, at: now, by: "worker/\(body.fence.worker)")
        switch body.content {
        case .agree:
            // Asked again under a new message id: the lease is this worker's already.
            guard !JobChange.holds(body.fence, job) else { return .job(try JobHandover(job, in: transaction)) }
            try change.agree(body.fence)
        case .intent(let report):
            let task = try transaction.task(report.key(job.id))
            try transaction.save(try change.intent(body.fence, report, task: task))
        case .step(let report):
            let task = try transaction.task(report.key(job.id))
            try transaction.save(try change.step(body.fence, report, task: task))
        case .denied(let step, let denial):
            try change.denied(body.fence, step, denial)
        case .done(let outputs):
            try change.done(body.fence, outputs: outputs)
        case .failure(let failure):
            let failure = Self.naming(failure, job)
            let policy = try job.retryPolicy() ?? configuration.retry
            try change.failed(body.fence, failure, policy, random: writer.environment.random)
        case .refuse(let reason):
            try change.refused(body.fence, reason: reason)
        case .progress, .delegate:
            preconditionFailure("Cannot process a tick or a delegation in this transaction: it is not one of these")
        }
        try change.save(in: transaction, announcing: writer.announcer)
        if case .agree = body.content { return .job(try JobHandover(change.job, in: transaction)) }
        return .members(["state": .string(change.job.state.rawValue), "seq": .integer(change.job.lastSequence)])
    }

    /// The worker knows one limit, ours may come from the job's timeout or its deadline.
    private static func naming(_ failure: JobChange.Failure, _ job: JobRecord) -> JobChange.Failure {
        guard failure.reason == .deadline, failure.step == nil, job.runUntil != job.deadline else { return failure }
        var failure = failure
        failure.reason = .timeout
        return failure
    }

    /// Ticks are passed on, not stored; a stale worker's are refused like everything else of it.
    private func tick(_ body: WorkerMessage, _ step: StepID?, _ data: JSONObject) async throws -> JSONObject {
        let job = try await writer.read { try body.job(in: $0) }
        try JobChange(job, at: 0, by: "").check(body.fence)
        let now = writer.environment.now()
        // Written down as rarely as the limit allows: ticks come five times a second.
        if let patience = job.noProgress, now - job.updated > patience / 4 {
            try await writer.write { try $0.noteProgress(of: job.id, at: now) }
        }
        writer.announcer.progress.tick(
            JobEvent(
                seq: nil,
                job: job.id,
                tenant: job.tenant,
                timestamp: writer.environment.now(),
                epoch: job.epoch,
                step: step,
                kind: .progress,
                data: data
            )
        )
        return [:]
    }
}
