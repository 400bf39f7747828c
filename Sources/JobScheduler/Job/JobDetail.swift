package import JobModel
package import Storage

/// A job with its steps and files.
package struct JobDetail: Sendable {
    /// The job.
    package var job: JobRecord
    /// Its steps so far.
    package var tasks: [TaskRecord]
    /// Its files so far.
    package var artifacts: [Artifact]
}
