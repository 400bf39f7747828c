package import JobModel

/// Finding what was kept long enough.
package protocol RetentionReading {
    /// Ended jobs, the oldest first: those that ended before `time`, else those beyond the `count` newest.
    func endedJobs(before time: Int64?, beyond count: Int?, limit: Int) throws -> [JobID]
    /// Files that lost a row before `time`, or then got none, and whether another one names them.
    func unusedFiles(before time: Int64, limit: Int) throws -> [(sha256: String, isUsed: Bool)]
}

/// Forgetting it.
package protocol RetentionWriting {
    /// Forgets files of jobs that ended before `time`, and those sent in before it for jobs to come.
    ///
    /// - Returns: how many, at most `limit`.
    func deleteFiles(endedBefore time: Int64, at now: Int64, limit: Int) throws -> Int
    /// Puts a file on the list of those perhaps of no more use.
    func noteUnusedFile(_ sha256: String, at time: Int64) throws
    /// Takes files off the list of those perhaps of no more use.
    func forgetUnusedFiles(_ hashes: [String]) throws
}
