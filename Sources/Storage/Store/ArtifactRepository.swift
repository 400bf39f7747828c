package import JobModel

/// Finding artifacts.
package protocol ArtifactReading {
    /// The files of a job, by name.
    func artifacts(of job: JobID) throws -> [Artifact]
    /// One file of a job, or nil.
    func artifact(_ name: String, of job: JobID) throws -> Artifact?
    /// A file that was uploaded before its job, by hash.
    func upload(sha256: String, tenant: TenantID) throws -> Artifact?
}

/// Changing artifacts.
package protocol ArtifactWriting {
    /// Adds a file, or replaces the one of that name, which is on the list of those perhaps of no more use then.
    ///
    /// - Parameter isSubmitted: whether it came with the submission; no step made it then.
    func save(_ artifact: Artifact, of job: JobID, tenant: TenantID, isSubmitted: Bool, at time: Int64) throws
    /// Notes a file that was uploaded before its job; one that comes again is as new.
    func saveUpload(_ artifact: Artifact, tenant: TenantID, at time: Int64) throws
}
