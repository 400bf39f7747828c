import JSON
import JobModel
import Storage

/// What leases do to a job. Each checks the fence: the epoch, and the worker that agreed to it.
extension JobChange {
    /// Who writes, under which lease.
    struct Fence: Hashable {
        var worker: WorkerID
        var epoch: Epoch
    }

    /// Whether this lease is the job's.
    static func holds(_ fence: Fence, _ job: JobRecord) -> Bool {
        job.state == .running && job.epoch == fence.epoch && job.worker == fence.worker
    }

    func check(_ fence: Fence) throws {
        guard Self.holds(fence, job) else {
            throw SchedulerError(
                .staleEpoch,
                "Worker \(fence.worker) no longer holds job \(job.id) under epoch \(fence.epoch): it is "
                    + "\(job.state.rawValue) under epoch \(job.epoch); stop and write nothing more"
            )
        }
    }

    /// A worker takes the job: the one place where it starts to run.
    mutating func agree(_ fence: Fence) throws {
        let isWaiting = job.state == .pending || job.state == .scheduled
        guard isWaiting, job.epoch < fence.epoch, (job.deadline ?? .max) > now else {
            throw SchedulerError(
                .staleEpoch,
                "Job \(job.id) is \(job.state.rawValue) under epoch \(job.epoch): epoch \(fence.epoch) of worker "
                    + "\(fence.worker) cannot have it"
            )
        }
        let now = now
        edit { job in
            job.epoch = fence.epoch
            job.worker = fence.worker
            job.deliveries += 1
            job.started = job.started ?? now
            job.failedStep = nil
            job.runUntil = [job.timeout.map { $0 + now }, job.deadline].compactMap { $0 }.min()
        }
        enter(.running)
        audit("job.started", ["worker": .string(fence.worker.rawValue)])
    }

    /// It went as wanted. The worker takes the job out of the index with its lease; the sweeper does for one that cannot.
    mutating func done(_ fence: Fence, outputs: JSONObject) throws {
        try check(fence)
        edit { $0.outputs = outputs }
        enter(.done, isHeard: true)
        audit("job.done", ["result": "done"])
    }

    /// The attempt failed: try again, give up, or ask a human.
    mutating func failed(
        _ fence: Fence,
        _ failure: Failure,
        _ policy: RetryPolicy,
        random: (ClosedRange<Int64>) -> Int64
    ) throws {
        try check(fence)
        var failure = failure
        if let limit = job.stopReason, limit != .cancelled {
            // Of one attempt, unless it is the deadline: the next has its own.
            failure.reason = limit
            failure.message = Self.sentence(for: limit)
            failure.isRetryable = true
        }
        let isCancelled = job.stopReason == .cancelled || failure.reason == .cancelled
        edit { job in
            job.failedStep = failure.step
            if failure.reason != .cancelled { job.attempts += 1 }
        }
        if isCancelled { return end(.cancelled, .cancelled, Self.sentence(for: .cancelled) + doubts) }
        if failure.reason == .stepInDoubt || failure.reason == .pageSessionLost {
            enter(.needsReview, reason: failure.reason, message: failure.message)
            return audit("job.needs_review", ["reason": .string(failure.reason.rawValue)])
        }
        let mayHelp = policy.triesAgain(after: failure.reason, mayPass: failure.isRetryable)
        guard mayHelp, job.attempts <= job.maxRetries else {
            return end(.failed, failure.reason, failure.message + doubts)
        }
        let due = now + policy.delay(after: job.attempts, random: random)
        if let deadline = job.deadline, due >= deadline { return end(.failed, failure.reason, failure.message) }
        edit { $0.notBefore = due }
        enter(.scheduled, reason: failure.reason, message: failure.message)
        audit("job.retry_scheduled", ["reason": .string(failure.reason.rawValue), "attempt": JSONValue(job.attempts)])
    }

    /// The worker hands the job back; that is no attempt.
    mutating func refused(_ fence: Fence, reason: String) throws {
        try check(fence)
        if endIfStopping() { return }
        let now = now
        // A worker that drains, or learned that it claimed too many, is not the next to have it again; one with any other
        // reason may be.
        if reason == "drain" || reason == "busy" {
            enter(.pending)
        } else {
            edit { $0.notBefore = now + 5_000 }
            enter(.scheduled)
        }
        audit("job.handed_back", ["reason": .string(reason)])
    }

    /// The lease ran out.
    ///
    /// - Parameter isCounted: whether that is the worker's loss; not when an outage kept it from renewing.
    /// - Returns: false when the row says that this was dealt with before.
    mutating func lost(_ lease: Fence, _ limits: LossLimits, isCounted: Bool) -> Bool {
        if Self.holds(lease, job) {
            guard isCounted else { return interrupted("job.interrupted", limits) }
            edit { $0.losses += 1 }
            audit("job.worker_lost", ["worker": .string(lease.worker.rawValue), "losses": JSONValue(job.losses)])
            giveBack(limits)
            return true
        }
        switch job.state {
        case .pending, .scheduled:
            // Claimed, but never agreed to: epochs up to this one are spent.
            guard job.epoch < lease.epoch else { return false }
            edit { $0.epoch = lease.epoch }
            feedIndex()
            return true
        case .running:
            // The index forgot the holder's lease and gave the job to another worker, all of whose lease has passed: the
            // holder could not renew since, and has stopped.
            edit { $0.epoch = max($0.epoch, lease.epoch) }
            return forgotten(limits)
        case .waitingApproval, .needsReview, .done, .failed, .cancelled, .dead:
            return false
        }
    }

    /// The index forgot the lease; nobody is to blame.
    mutating func forgotten(_ limits: LossLimits) -> Bool {
        guard job.state == .running else { return false }
        return interrupted("job.lease_forgotten", limits)
    }

    private mutating func interrupted(_ action: String, _ limits: LossLimits) -> Bool {
        edit { $0.interruptions += 1 }
        audit(action, ["interruptions": JSONValue(job.interruptions)])
        giveBack(limits)
        return true
    }

    private mutating func giveBack(_ limits: LossLimits) {
        if endIfStopping() { return }
        if job.losses >= limits.losses {
            end(.dead, .poison, "Its worker vanished \(job.losses) times while it ran")
        } else if job.interruptions >= limits.interruptions {
            end(.dead, .poison, "An outage cut it short \(job.interruptions) times: it may be what causes them")
        } else {
            enter(.pending, reason: .workerLost, message: "Its worker vanished; it starts again")
        }
    }

    /// Ends a job that was asked to stop.
    private mutating func endIfStopping() -> Bool {
        guard let reason = job.stopReason else { return false }
        end(reason == .cancelled ? .cancelled : .failed, reason, Self.sentence(for: reason) + doubts)
        return true
    }

    mutating func end(_ state: JobState, _ reason: ReasonCode, _ message: String) {
        enter(state, reason: reason, message: message)
        audit(
            "job.\(state.rawValue)",
            ["result": .string(state.rawValue), "reason": .string(reason.rawValue)],
            personal: ["message": .string(message)]
        )
    }

    static func sentence(for reason: ReasonCode) -> String {
        switch reason {
        case .cancelled: "Cancelled on request"
        case .deadline: "Its deadline passed before it was done"
        case .noProgress: "None of its steps reported anything for longer than its no_progress allows"
        case .timeout: "It took longer than its timeout allows"
        default: "Stopped: \(reason.rawValue)"
        }
    }
}

extension JobChange {
    /// How often a job may lose its lease before it is dead.
    struct LossLimits {
        /// Times its worker vanished.
        var losses: Int
        /// Times an outage cut it short.
        var interruptions: Int
    }

    /// How an attempt failed.
    struct Failure {
        var reason: ReasonCode
        var message: String
        var step: StepID?
        var isRetryable: Bool
    }
}
