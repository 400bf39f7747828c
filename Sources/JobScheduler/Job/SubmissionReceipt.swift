package import Storage

/// What became of a submission.
package struct SubmissionReceipt: Sendable {
    /// The job.
    package var job: JobRecord
    /// Whether the submission made it; false when a key led to one made before.
    package var isNew: Bool
}
