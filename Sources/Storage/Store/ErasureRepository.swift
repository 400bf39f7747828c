package import JobModel

/// Finding what names a person by mail address, and what an erasure takes along.
///
/// Searches read all of a tenant's rows: they go page by page, so that others who read need not wait. `last` is where the next
/// page begins, nil when there is none.
package protocol ErasureReading {
    /// Jobs whose audit has the person in sealed records; some may be gone.
    func sealedJobs(naming person: String, tenant: TenantID) throws -> [JobID]
    /// Jobs, in order, that name the person in anything that is kept of them.
    func jobs(naming person: String, tenant: TenantID, after id: JobID?, limit: Int) throws
        -> (found: [JobID], last: JobID?)
    /// Idempotency keys that name the person, in order, with the jobs they made, which may be gone.
    func submissions(naming person: String, tenant: TenantID, after key: String?, limit: Int) throws
        -> (found: [KeyedSubmission], last: String?)
    /// Messages about no job that name the person, in order.
    func joblessMessages(naming person: String, tenant: TenantID, after number: Int64?, limit: Int) throws
        -> (found: [MessageID], last: Int64?)
    /// Hashes of files sent in for jobs to come whose names or types name the person, in order.
    func uploads(naming person: String, tenant: TenantID, after sha256: String?, limit: Int) throws
        -> (found: [String], last: String?)
    /// What people set up that names the person.
    func settings(naming person: String, tenant: TenantID) throws -> NamingSettings
    /// Idempotency keys that made these jobs, and whether one may hold an address.
    func submissions(of jobs: [JobID], tenant: TenantID) throws -> [(key: String, mayName: Bool)]
    /// Hashes of files sent in for jobs to come that no job of the tenant has but these.
    func uploads(onlyOf jobs: [JobID], tenant: TenantID) throws -> [String]
    /// Hashes of files that nobody has any more once these jobs and these uploads of the tenant are gone.
    func files(onlyOf jobs: [JobID], uploads: [String], tenant: TenantID) throws -> [String]
    /// Those of some files that a job or an upload of any tenant has.
    func filesInUse(among hashes: [String]) throws -> Set<String>
}

/// Removing it.
package protocol ErasureWriting {
    /// Forgets idempotency keys: whoever sends a submission again with one makes a job.
    func deleteSubmissions(_ keys: [String], tenant: TenantID) throws
    /// Forgets what was said under idempotency keys, not that they were used.
    func forgetFingerprints(of keys: [String], tenant: TenantID) throws
    /// Forgets messages of a tenant; one of their ids that comes again is a new one.
    func deleteMessages(_ ids: [MessageID], tenant: TenantID) throws
    /// Forgets files sent in for jobs to come.
    func deleteUploads(_ hashes: [String], tenant: TenantID, at time: Int64) throws
    /// Takes the name off a key that has ended.
    func forgetName(ofAPIKey id: String) throws
}

/// An idempotency key, and the job it made.
package struct KeyedSubmission: Hashable, Sendable {
    package var key: String
    package var job: JobID
}

/// What people set up that names a person: they live by it, so it is theirs to change.
package struct NamingSettings: Hashable, Sendable {
    package var schedules: [String] = []
    /// API keys, ended ones too.
    package var keys: [String] = []
    package var agents: [AgentID] = []
    /// Legal holds.
    package var holds: [String] = []
    /// Whose pauses have a note that does; nil for the whole queue, which is the default tenant's.
    package var pauses: [TenantID?] = []

    package init() {}
}
