package import JobModel

/// Finding events.
package protocol EventReading {
    /// Events of a job with a `seq` above `sequence`, in order.
    func events(of job: JobID, after sequence: Int64, limit: Int) throws -> [JobEvent]
}

/// Adding events.
package protocol EventWriting {
    /// Adds an event that has its `seq`.
    func insert(_ event: JobEvent) throws
}
