package import Storage

/// What a caller believes a job to be like; a change can be made to depend on it.
package struct JobVersion: Hashable, Sendable {
    /// Of its last event.
    package var sequence: Int64
    /// Milliseconds since 1970.
    package var updated: Int64

    /// A version.
    package init(sequence: Int64, updated: Int64) {
        self.sequence = sequence
        self.updated = updated
    }

    /// What a job is like now.
    package init(_ job: JobRecord) { self.init(sequence: job.lastSequence, updated: job.updated) }
}
