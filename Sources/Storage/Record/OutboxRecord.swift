package import JobModel

/// A job whose entry in the dispatch index may be out of date.
///
/// It names the job only: what the index should hold follows from the job's row at the time of the relay, so rows coalesce
/// and repeating one is harmless.
package struct OutboxRecord: Hashable, Sendable {
    /// Order of commit.
    package var id: Int64
    /// The job; `policies` when it is not about a job.
    package var job: JobID
    /// What the job's row says now; nil when there is none.
    package var standing: Standing?

    /// Stands in the place of a job when the policies have changed; no job has this id.
    package static let policies = JobID("")

    /// What decides about a job's entry in the index: a small part of its row, for the relay reads many.
    package struct Standing: Hashable, Sendable {
        package var tenant: TenantID
        package var state: JobState
        package var priority: Int
        /// Milliseconds since 1970 before which it does not start.
        package var notBefore: Int64?
        package var epoch: Epoch
        /// Actions a worker must offer.
        package var needs: Set<String>
        /// Whether a running job was asked to stop.
        package var isStopping: Bool
    }
}
