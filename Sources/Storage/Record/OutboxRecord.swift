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

    /// Stands in the place of a job when the policies have changed; no job has this id.
    package static let policies = JobID("")
}
