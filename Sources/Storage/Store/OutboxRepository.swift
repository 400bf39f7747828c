package import JobModel

/// Reading the outbox.
package protocol OutboxReading {
    /// The oldest rows after one, with what their jobs' rows say.
    func outbox(after id: Int64, limit: Int) throws -> [OutboxRecord]
    /// How many there are.
    func outboxCount() throws -> Int
}

/// Changing the outbox.
package protocol OutboxWriting {
    /// Notes that the dispatch index must hear of a job.
    func notifyIndex(of job: JobID) throws
    /// Notes that the dispatch index must hear of the policies.
    func notifyIndexOfPolicies() throws
    /// Removes what was relayed: rows up to an id, which are the oldest there are.
    func deleteOutbox(through id: Int64) throws
}
