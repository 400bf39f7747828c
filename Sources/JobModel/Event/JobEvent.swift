package import JSON

/// Something that happened to a job, as watchers see it.
///
/// Durable events carry `seq`, given by the scheduler in the SQLite commit: from 1, without holes, per job. Progress ticks
/// carry none and may be coalesced.
package struct JobEvent: Sendable, Hashable {
    /// What the event is about.
    package enum Kind: String, Sendable, Hashable {
        /// The job changed its state: `data.state`, `data.reason`.
        case state
        /// A step changed its state: `data.status`, `data.action`, `data.target`, `data.duration_ms`, …
        case step
        /// A tick of progress inside a step; not durable.
        case progress
        /// A file came into being: `data.name`, `data.bytes`, `data.sha256`.
        case artifact
        /// The job has ended; the last event. `data` is its result.
        case end
    }

    /// Position in the job's history; nil for ticks.
    package var seq: Int64?
    /// The job.
    package var job: JobID
    /// Its tenant.
    package var tenant: TenantID
    /// Milliseconds since 1970.
    package var timestamp: Int64
    /// The lease under which it happened; 0 before the first.
    package var epoch: Epoch
    /// The step it is about.
    package var step: StepID?
    /// What it is about.
    package var kind: Kind
    /// The rest, redacted.
    package var data: JSONObject

    /// An event.
    package init(
        seq: Int64?,
        job: JobID,
        tenant: TenantID,
        timestamp: Int64,
        epoch: Epoch,
        step: StepID? = nil,
        kind: Kind,
        data: JSONObject
    ) {
        self.seq = seq
        self.job = job
        self.tenant = tenant
        self.timestamp = timestamp
        self.epoch = epoch
        self.step = step
        self.kind = kind
        self.data = data
    }
}
