package import JSON
package import JobModel

/// A job as it is stored.
///
/// Times are milliseconds since 1970.
package struct JobRecord: Hashable, Sendable {
    /// Names it; time-ordered.
    package var id: JobID
    /// Whose it is.
    package var tenant: TenantID
    /// Who submitted it: the id of an API key, `cli`.
    package var principal: String
    /// The request it came with; nil when it came by another way.
    package var origin: RequestOrigin?
    /// The scenario's name.
    package var name: String
    /// The scenario as submitted, with the variables of the submission.
    package var scenario: StoredJSON
    /// Name of the intent it serves.
    package var intent: String?
    /// A name no other job of the tenant has while this one has not ended.
    package var uniqueKey: String?
    /// Who is told when it has ended: a URL.
    package var webhook: String?
    /// Actions a worker must offer.
    package var needs: Set<String>
    /// Higher runs first; -100…100.
    package var priority: Int
    /// Further attempts after the first failed.
    package var maxRetries: Int
    /// Limit for one attempt.
    package var timeout: Int64?
    /// How long an attempt may go without progress.
    package var noProgress: Int64?
    /// When it must be over.
    package var deadline: Int64?

    /// Where it stands.
    package var state: JobState
    /// Why it stands there, when not as wanted.
    package var reason: ReasonCode?
    /// The sentence beside the reason.
    package var message: String?
    /// The step the reason is about.
    package var failedStep: StepID?
    /// What a running job is asked to end with; nil when it may go on.
    package var stopReason: ReasonCode?

    /// The fencing token: the epoch of the last lease that was agreed to or given up.
    package var epoch: Epoch
    /// Who holds the lease; nil unless running.
    package var worker: WorkerID?
    /// Times it ran and failed.
    package var attempts: Int
    /// Times it was given to a worker.
    package var deliveries: Int
    /// Times its worker vanished.
    package var losses: Int
    /// Times an outage of the scheduler or the index cut it short.
    package var interruptions: Int
    /// Times it began afresh; part of the keys of its mails, so that each run sends its own.
    package var run: Int
    /// Before this it is not started.
    package var notBefore: Int64?
    /// When the running attempt must be over.
    package var runUntil: Int64?

    /// When it was accepted.
    package var submitted: Int64
    /// When its first attempt began.
    package var started: Int64?
    /// When it reached a terminal state.
    package var ended: Int64?
    /// When the row last changed.
    package var updated: Int64
    /// Its outputs, once done.
    package var outputs: JSONObject?
    /// The last `seq` given to one of its events.
    package var lastSequence: Int64

    /// A job nobody has touched.
    package init(id: JobID, tenant: TenantID, principal: String, name: String, scenario: StoredJSON, submitted: Int64) {
        self.id = id
        self.tenant = tenant
        self.principal = principal
        self.name = name
        self.scenario = scenario
        self.submitted = submitted
        needs = []
        priority = 0
        maxRetries = 0
        state = .pending
        epoch = Epoch(0)
        attempts = 0
        deliveries = 0
        losses = 0
        interruptions = 0
        run = 0
        updated = submitted
        lastSequence = 0
    }
}
