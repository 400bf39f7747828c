import JSON
import JobModel
import Storage

/// What people and clocks do to a job.
extension JobChange {
    /// Stops a job in any state; a running one ends when its worker reports, or its lease ends.
    ///
    /// - Returns: false when it is cancelled, or being cancelled, already.
    mutating func cancel() throws -> Bool {
        switch job.state {
        case .pending, .scheduled, .waitingApproval, .needsReview:
            end(.cancelled, .cancelled, "Cancelled on request")
        case .running:
            guard job.stopReason != .cancelled else { return false }
            stop(.cancelled)
        case .cancelled:
            return false
        case .done, .failed, .dead:
            throw SchedulerError(
                .conflict,
                "Job \(job.id) is \(job.state.rawValue) already: there is nothing to cancel"
            )
        }
        return true
    }

    /// Refuses to go on when the job is not any more what the caller believes.
    ///
    /// - Parameter versions: any of these will do; nil: whatever it is like.
    func check(_ versions: Set<JobVersion>?) throws {
        guard let versions, !versions.contains(JobVersion(job)) else { return }
        throw SchedulerError(
            .preconditionFailed,
            "Job \(job.id) has changed since you saw it: it is \(job.state.rawValue) now. Look at it again (GET /jobs/\(job.id))"
        )
    }

    /// Another job takes its place.
    ///
    /// - Returns: false when it does not wait any more.
    mutating func replaced(by successor: JobID) -> Bool {
        switch job.state {
        case .pending, .scheduled, .waitingApproval:
            end(.cancelled, .cancelled, "Replaced by job \(successor)")
            return true
        case .running, .needsReview, .done, .failed, .cancelled, .dead:
            return false
        }
    }

    /// What the audit keeps of a job that is removed.
    func purged() -> AuditEntry {
        AuditEntry(
            tenant: job.tenant,
            timestamp: now,
            actor: actor,
            action: "job.purged",
            job: job.id,
            detail: [
                "name": .string(job.name), "state": .string(job.state.rawValue),
                "reason": job.reason.map { .string($0.rawValue) } ?? .null,
            ]
        )
    }

    /// A limit of the job has passed.
    mutating func overdue() -> Bool {
        switch job.state {
        case .pending, .scheduled, .waitingApproval:
            guard let deadline = job.deadline, deadline <= now else { return false }
            end(.failed, .deadline, Self.sentence(for: .deadline))
        case .running:
            guard job.stopReason == nil else { return false }
            if let limit = job.runUntil, limit <= now {
                stop(limit == job.deadline ? .deadline : .timeout)
            } else if let patience = job.noProgress, job.updated + patience <= now {
                stop(.noProgress)
            } else {
                return false
            }
        case .needsReview, .done, .failed, .cancelled, .dead:
            return false
        }
        return true
    }

    private mutating func stop(_ reason: ReasonCode) {
        edit { $0.stopReason = reason }
        emit(.state, ["state": .string(job.state.rawValue), "stopping": .string(reason.rawValue)])
        audit("job.stop_requested", ["reason": .string(reason.rawValue)])
        feedIndex()
    }

    /// Takes a job out of a terminal state; attempts and losses count from 0 again, `seq` and epoch go on.
    ///
    /// - Parameter isFresh: whether a new run begins, so that even mails go out again; `forgetRun` forgets the one before.
    mutating func retry(isFresh: Bool) throws {
        switch job.state {
        case .failed, .cancelled, .dead: break
        case .done where isFresh: break
        case .done:
            throw SchedulerError(
                .conflict,
                "Job \(job.id) is done; only a fresh run does all of it again: {\"fresh\": true}, or 'cpa retry --fresh'"
            )
        case .pending, .scheduled, .running, .waitingApproval, .needsReview:
            throw SchedulerError(.conflict, "Job \(job.id) is \(job.state.rawValue): only an ended job can be retried")
        }
        let now = now
        if let deadline = job.deadline, deadline <= now {
            throw SchedulerError(.conflict, "The deadline of job \(job.id) has passed: submit it anew")
        }
        edit { job in
            job.attempts = 0
            job.losses = 0
            job.interruptions = 0
            if isFresh { job.run += 1 }
            job.failedStep = nil
            job.outputs = nil
            job.started = nil
        }
        audit("job.retried", ["fresh": .bool(isFresh)])
        enter(job.notBefore.map { $0 > now } ?? false ? .scheduled : .pending)
    }

    /// Refuses to forget what the job left while a legal hold keeps it.
    func checkHold(in snapshot: any StoreSnapshot) throws {
        guard try snapshot.isHeld(job.id, tenant: job.tenant) else { return }
        throw SchedulerError(.conflict, "A legal hold keeps what job \(job.id) left: release it first")
    }

    /// Refuses to go on when another job has taken the unique key meanwhile.
    func checkUniqueKey(in snapshot: any StoreSnapshot) throws {
        guard let key = job.uniqueKey,
            let holder = try snapshot.activeJob(tenant: job.tenant, uniqueKey: key), holder.id != job.id
        else { return }
        throw keyIsHeld(by: holder.id, holder.state)
    }

    func keyIsHeld(by holder: JobID, _ state: JobState) -> SchedulerError {
        SchedulerError(
            .conflict,
            "The unique key '\(job.uniqueKey ?? "")' of job \(job.id) is held by job \(holder), which is \(state.rawValue)"
        )
    }

    /// A human says what became of the step in doubt.
    ///
    /// - Parameter tasks: the job's tasks; those that change come back.
    mutating func resolve(_ resolution: Resolution, tasks: [TaskRecord]) throws -> [TaskRecord] {
        guard job.state == .needsReview else {
            throw SchedulerError(.conflict, "Job \(job.id) is \(job.state.rawValue): there is nothing to resolve")
        }
        let inDoubt = tasks.filter(\.isInDoubt)
        audit("job.resolved", ["resolution": .string(resolution.rawValue)])
        switch resolution {
        case .fail:
            let reason = job.reason ?? .stepInDoubt
            end(.failed, reason, Self.gaveUp(after: reason, inDoubt.map(\.key.step.rawValue)))
            return []
        case .done where inDoubt.isEmpty:
            // Its page session is lost after a step that must not be repeated: the human saw to the rest.
            let open = try job.openSteps(after: tasks)
            let rest = open.isEmpty ? "" : "; not run: \(open.sentence)"
            enter(.done, message: "Ended as done by hand\(rest)")
            audit("job.done", ["result": "done", "not_run": .array(open.map { .string($0) })])
            return []
        case .done:
            let done = inDoubt.map { resolved($0, as: .done) }
            edit { $0.failedStep = nil }
            enter(.pending)
            return done
        case .redo:
            // Without a step in doubt it is the one that was done once and must be done again.
            let wanted = inDoubt.isEmpty ? tasks.filter { $0.key.step == job.failedStep } : inDoubt
            let again = wanted.map { resolved($0, as: nil) }
            edit { $0.failedStep = nil }
            enter(.pending)
            return again
        }
    }

    /// The worker's own words would still ask for the decision.
    private static func gaveUp(after reason: ReasonCode, _ inDoubt: [String]) -> String {
        let step = inDoubt.isEmpty ? "a step" : "step \(inDoubt.sentence)"
        let why = reason == .pageSessionLost ? "the page it would have gone on with was lost" : "\(step) was in doubt"
        return "A human resolved it as failed: \(why)"
    }

    /// A step as a human says it is: how its last try ended is not true any more, and watchers hear of it.
    private mutating func resolved(_ task: TaskRecord, as journal: TaskRecord.Journal?) -> TaskRecord {
        var task = task
        task.journal = journal
        task.status = journal == .done ? "done" : "retrying"
        task.updated = now
        for name in ["reason", "message", "in_doubt"] { task.result[name] = nil }
        let word: JSONObject = [
            "kind": "step", "step_id": .string(task.key.step.rawValue), "iteration": JSONValue(task.key.iteration),
            "status": .string(task.status), "action": .string(task.action), "resolved_by": .string(actor),
        ]
        task.result = task.result.merging(word)
        emit(.step, step: task.key.step, task.result)
        return task
    }
}
