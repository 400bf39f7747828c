package import JobModel

/// Finding jobs.
package protocol JobReading {
    /// The job, or nil.
    func job(_ id: JobID) throws -> JobRecord?
    /// Jobs of one tenant, newest first.
    func jobs(_ query: JobQuery) throws -> [JobRecord]
    /// The job that has a unique key and has not ended, or nil.
    func activeJob(tenant: TenantID, uniqueKey: String) throws -> JobRecord?
    /// Ids in order from after `id` on, of jobs of any tenant in one of these states.
    func jobIDs(in states: Set<JobState>, after id: JobID?, limit: Int) throws -> [JobID]
    /// Jobs that are past a limit of theirs: waiting past the deadline, or running past `runUntil` or without progress for too
    /// long, and not asked to stop.
    func overdueJobs(at time: Int64, limit: Int) throws -> [JobRecord]
    /// When the oldest job in that state, which is not terminal, was accepted; nil when there is none.
    func oldestOpenJob(in state: JobState) throws -> Int64?
    /// How many jobs are in that state, which is not terminal.
    func countOpenJobs(in state: JobState) throws -> Int
    /// How many jobs of a tenant could run, wait for their time, and run.
    func openJobCounts(of tenant: TenantID, at time: Int64) throws -> (ready: Int, delayed: Int, running: Int)
    /// The job an idempotency key made, which may have been removed since, with the fingerprint of its submission.
    func submission(tenant: TenantID, idempotencyKey: String) throws -> (job: JobID, fingerprint: [UInt8])?
}

/// Changing jobs.
package protocol JobWriting {
    /// Adds a job.
    func insert(_ job: JobRecord) throws
    /// Replaces a row that still is as `old`: same state, epoch and worker.
    ///
    /// - Throws: `StorageError` with `conflict`.
    func update(_ job: JobRecord, from old: JobRecord) throws
    /// Notes that a running job is getting on, though nothing durable has happened.
    func noteProgress(of job: JobID, at time: Int64) throws
    /// Removes a job with its steps, events and messages; its files are noted as perhaps of no more use.
    ///
    /// Its idempotency keys stay for their time: a submission that is repeated must not run again.
    func deleteJob(_ id: JobID, at time: Int64) throws
    /// Remembers which job a key made.
    func insertSubmission(tenant: TenantID, idempotencyKey: String, fingerprint: [UInt8], job: JobID, at time: Int64)
        throws
}
