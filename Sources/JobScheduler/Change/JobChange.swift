import JSON
import JobModel
import Storage

/// One change of a job: what it becomes, and what else must be written with it.
///
/// Pure: the transitions (in the extensions) decide on the job's row alone, `save` writes all of it in the transaction the
/// row was read in. Whatever changes a job goes through here, so `seq` has no holes and every state change is an event.
struct JobChange {
    /// The row as it was read; nil for a new job.
    private let old: JobRecord?
    /// What it becomes.
    private(set) var job: JobRecord
    /// When.
    let now: Int64
    /// Who did it, for the audit.
    let actor: String
    /// The request that asked for it, for the audit.
    let origin: RequestOrigin?
    /// Steps of a job that is to stop of which nobody can say whether they happened.
    private var inDoubt: [StepID] = []
    private(set) var events: [JobEvent] = []
    private(set) var audits: [AuditEntry] = []
    /// Whether the dispatch index must hear of it.
    private(set) var feedsIndex = false

    /// The change of a job that exists.
    init(_ job: JobRecord, at now: Int64, by actor: String, origin: RequestOrigin? = nil) {
        old = job
        self.job = job
        self.now = now
        self.actor = actor
        self.origin = origin
    }

    /// The submission of a new job.
    ///
    /// - Parameter provenance: how it came about, for the audit.
    init(submitting job: JobRecord, by actor: String, provenance: JSONObject = [:]) {
        old = nil
        self.job = job
        now = job.submitted
        self.actor = actor
        origin = job.origin
        audit("job.submitted", (["name": .string(job.name)] as JSONObject).merging(provenance))
        enter(job.state)
    }

    // MARK: Building blocks of the transitions

    mutating func edit(_ body: (inout JobRecord) -> Void) { body(&job) }

    /// Reads which steps of a job that is to stop are in doubt: whoever stopped it is told.
    mutating func learnDoubts(from snapshot: any StoreSnapshot) throws {
        guard job.stopReason != nil else { return }
        inDoubt = try snapshot.tasks(of: job.id).filter(\.isInDoubt).map(\.key.step)
    }

    /// What whoever stopped the job must look at; empty when there is nothing.
    var doubts: String {
        guard !inDoubt.isEmpty else { return "" }
        let steps = inDoubt.map(\.rawValue).sentence
        return "; nobody can tell whether step \(steps) happened: look before you run it again"
    }

    mutating func emit(_ kind: JobEvent.Kind, step: StepID? = nil, _ data: JSONObject) {
        job.lastSequence += 1
        events.append(
            JobEvent(
                seq: job.lastSequence,
                job: job.id,
                tenant: job.tenant,
                timestamp: now,
                epoch: job.epoch,
                step: step,
                kind: kind,
                data: data
            )
        )
    }

    mutating func audit(_ action: String, _ detail: JSONObject = [:], personal: JSONObject = [:]) {
        var detail = detail
        if job.epoch.rawValue > 0 { detail["epoch"] = .integer(job.epoch.rawValue) }
        detail["request_id"] = origin.map { .string($0.request) }
        detail["traceparent"] = origin?.trace.map { .string($0) }
        audits.append(
            AuditEntry(
                tenant: job.tenant,
                timestamp: now,
                actor: actor,
                action: action,
                job: job.id,
                detail: detail,
                personal: personal
            )
        )
    }

    mutating func feedIndex() { feedsIndex = true }

    /// Puts the job into a state, with the event that says so; a terminal one ends it.
    ///
    /// - Parameter isHeard: whether the dispatch index hears of it by itself.
    mutating func enter(
        _ state: JobState,
        reason: ReasonCode? = nil,
        message: String? = nil,
        isHeard: Bool = false
    ) {
        precondition(
            old == nil || job.state.successors.contains(state),
            "Cannot enter \(state.rawValue) when \(job.state.rawValue)"
        )
        job.state = state
        job.reason = reason
        job.message = message
        if state != .running {
            job.worker = nil
            job.runUntil = nil
            job.stopReason = nil
        }
        // A time the submission names holds for a retry, too, when it is still to come; a pause between tries does not.
        if state != .scheduled, !state.isTerminal || job.deliveries > 0 { job.notBefore = nil }
        job.ended = state.isTerminal ? now : nil
        feedsIndex = feedsIndex || (state != .running && !isHeard)
        let data: [(String, JSONValue?)] = [
            ("state", .string(state.rawValue)), ("reason", reason.map { .string($0.rawValue) }),
            ("message", message.map { .string($0) }), ("failed_step", job.failedStep.map { .string($0.rawValue) }),
            ("worker", job.worker.map { .string($0.rawValue) }),
            ("attempt", .integer(Int64(job.attempts + (state == .running ? 1 : 0)))),
            ("not_before", job.notBefore.map { .string(RFC3339.format($0)) }),
        ]
        emit(.state, JSONObject(data))
        guard state.isTerminal else { return }
        let end: [(String, JSONValue?)] = [
            ("outputs", job.outputs.map { .object($0) }), ("duration_ms", job.duration.map { .integer($0) }),
        ]
        emit(.end, JSONObject(data + end))
    }

    /// Whether the job came to an end, or to a human, with this change.
    private var isAtAnEnd: Bool { (job.state.isTerminal || job.state == .needsReview) && old?.state != job.state }

    // MARK: Writing

    /// Writes everything, and announces it after the commit.
    ///
    /// - Returns: the row as it is now.
    @discardableResult
    func save(in transaction: any StoreTransaction, announcing announcer: Announcer) throws -> JobRecord {
        var job = job
        // A change without an event makes a version, too, also within a millisecond.
        job.updated = if let old, events.isEmpty { max(now, old.updated + 1) } else { now }
        if let old {
            try transaction.update(job, from: old)
        } else {
            try transaction.insert(job)
        }
        for event in events { try transaction.insert(event) }
        for entry in audits { try transaction.append(entry) }
        if feedsIndex { try transaction.notifyIndex(of: job.id) }
        let hook = job.webhook.flatMap { isAtAnEnd ? webhook(of: job, to: $0) : nil }
        if let hook { try transaction.save(hook) }
        if job.state.isTerminal, old.map({ !$0.state.isTerminal }) ?? false {
            try RequestAnswer(job, at: now).save(in: transaction)
        }
        let events = events
        let feedsIndex = feedsIndex
        transaction.afterCommit { announcer.announce(events, feedsIndex: feedsIndex, callsOut: hook != nil) }
        return job
    }
}
