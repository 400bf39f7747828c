package import JobModel

/// Finding tasks and the journal.
package protocol TaskReading {
    /// The tasks of a job that have a report, in the order of their first.
    func tasks(of job: JobID) throws -> [TaskRecord]
    /// One task, or nil.
    func task(_ key: JournalKey) throws -> TaskRecord?
}

/// Changing tasks and the journal.
package protocol TaskWriting {
    /// Adds or replaces a row.
    func save(_ task: TaskRecord) throws
    /// Forgets what a job did, and the files its steps made: a fresh run does all of it again.
    ///
    /// Files that came with the submission stay; the others are noted as perhaps of no more use.
    func forgetRun(of job: JobID, at time: Int64) throws
}
