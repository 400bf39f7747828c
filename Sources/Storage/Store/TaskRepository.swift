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
    /// Forgets what a job did: a fresh run does all of it again.
    func deleteTasks(of job: JobID) throws
}
