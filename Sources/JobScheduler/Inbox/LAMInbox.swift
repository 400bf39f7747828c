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
            let outcome: Outcome
            do {
                outcome = try inbox.outcome(of: body, at: now, in: transaction)
            } catch {
                // What was done once can rarely be done again: a message that comes twice is refused here as a rule.
                let job = try body.job(in: transaction)
                guard let known = try received.known(of: job.tenant, in: transaction) else { throw error }
                return try inbox.answer(again: known, body, in: transaction)
            }
            let isNew = try received.saveIfNew(
                for: outcome.job.tenant,
                about: outcome.job.id,
                answer: outcome.answer.kept,
                in: transaction
            )
            if !isNew, let known = try received.known(of: outcome.job.tenant, in: transaction) {
                return try inbox.answer(again: known, body, in: transaction)
            }
            if let task = outcome.task { try transaction.save(task) }
            try outcome.change?.save(in: transaction, announcing: inbox.writer.announcer)
            return outcome.answer
        }
        return try answer.json()
    }

    /// What a message does and is answered, before any of it is written.
    private struct Outcome {
        let job: JobRecord
        var change: JobChange?
        var task: TaskRecord?
        let answer: Answer
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

    private func outcome(
        of body: WorkerMessage,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws -> Outcome {
        let job = try body.job(in: transaction)
        var change = JobChange(job, at: now, by: "worker/\(body.fence.worker)")
        var task: TaskRecord?
        if body.content.endsLease { try change.learnDoubts(from: transaction) }
        switch body.content {
        case .agree:
            // Asked again under a new message id: the lease is this worker's already.
            guard !JobChange.holds(body.fence, job) else {
                return Outcome(job: job, answer: .job(try JobHandover(job, in: transaction)))
            }
            try change.agree(body.fence)
            let handover = try JobHandover(change.job, isFirst: job.deliveries == 0, in: transaction)
            return Outcome(job: job, change: change, answer: .job(handover))
        case .intent(let report):
            task = try change.intent(body.fence, report, task: transaction.task(report.key(job.id)))
        case .step(let report):
            task = try change.step(body.fence, report, task: transaction.task(report.key(job.id)))
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
        let answer: JSONObject = [
            "state": .string(change.job.state.rawValue), "seq": .integer(change.job.lastSequence),
        ]
        return Outcome(job: job, change: change, task: task, answer: .members(answer))
    }

    /// The worker knows one limit, ours may come from the job's timeout or its deadline.
    private static func naming(_ failure: JobChange.Failure, _ job: JobRecord) -> JobChange.Failure {
        guard failure.reason == .deadline, failure.step == nil, job.runUntil != job.deadline else { return failure }
        var failure = failure
        failure.reason = .timeout
        failure.message = JobChange.sentence(for: .timeout)
        failure.isRetryable = true
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
