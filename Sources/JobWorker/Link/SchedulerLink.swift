package import JSON
package import JobModel

/// The worker's only way to the scheduler: over HTTP between machines, directly in one process.
///
/// Same messages, same checks on both ways.
package protocol SchedulerLink: Sendable {
    /// Sends a LAM message and waits until the scheduler has committed it.
    ///
    /// Repeating a message after a lost answer is safe: the scheduler answers the same id the same way.
    /// - Returns: the acknowledgement's body; for `agree` the job (docs/lam.md).
    /// - Throws: `SchedulerRefusal` when it was understood and refused, other errors when no answer came.
    func send(_ message: LAMMessage) async throws -> JSONObject

    /// Asks whether the scheduler is there, before a worker takes a job for it.
    ///
    /// - Throws: `SchedulerRefusal` when it answered all the same, other errors when no answer came.
    func probe() async throws

    /// Stores a file of the job with the scheduler, checked by hash.
    func putArtifact(_ artifact: Artifact, from path: String, of job: JobID, epoch: Epoch, worker: WorkerID)
        async throws

    /// Fetches a file of the job into `path`.
    func getArtifact(_ artifact: Artifact, of job: JobID, epoch: Epoch, worker: WorkerID, to path: String) async throws
}

extension SchedulerLink {
    /// One in the same process is there.
    package func probe() async throws {}
}

/// The scheduler understood a message and refused it; nothing was changed.
package struct SchedulerRefusal: Error, Sendable, CustomStringConvertible {
    /// HTTP status it has on the wire: 400, 404, 409.
    package var status: Int
    /// `stale_epoch`, `not_found`, `invalid_input`, …
    package var reason: ReasonCode
    /// One sentence.
    package var message: String
    /// The sentence.
    package var description: String { message }

    /// A refusal.
    package init(status: Int, reason: ReasonCode, message: String) {
        self.status = status
        self.reason = reason
        self.message = message
    }
}
