package import JobModel

/// Reading the outbox.
package protocol OutboxReading {
    /// The oldest rows.
    func outbox(limit: Int) throws -> [OutboxRecord]
    /// How many there are.
    func outboxCount() throws -> Int
}

/// Changing the outbox.
package protocol OutboxWriting {
    /// Notes that the dispatch index must hear of a job.
    func notifyIndex(of job: JobID) throws
    /// Notes that the dispatch index must hear of the policies.
    func notifyIndexOfPolicies() throws
    /// Removes what was relayed.
    func deleteOutbox(_ rows: [OutboxRecord]) throws
}
