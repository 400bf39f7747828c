import JobModel
import Storage

/// Where a person, or what is about a job, is to be found.
struct PersonTraces: Sendable {
    /// Rows that are looked at in one go: a reader waits for others no longer than for this many.
    private static let page = 500
    /// Jobs have events, steps and messages by the hundred.
    private static let jobPage = 50

    /// A mail address; nil for an erasure of one job.
    var person: String?
    var jobs: [JobID]
    var submissions: [KeyedSubmission] = []
    var messages: [MessageID] = []
    var uploads: [String] = []
    var settings = NamingSettings()

    /// One job.
    init(of job: JobID) { jobs = [job] }

    /// Searches all that a tenant has. Takes a while; the writing, and other reading, goes on meanwhile.
    ///
    /// - Throws: `SchedulerError`.
    init(of person: String, tenant: TenantID, _ writer: JobWriter) async throws {
        self.person = person
        let sealed = try await writer.read { try $0.sealedJobs(naming: person, tenant: tenant) }
        let saying = try await Self.all(writer) { snapshot, last in
            try snapshot.jobs(naming: person, tenant: tenant, after: last, limit: Self.jobPage)
        }
        submissions = try await Self.all(writer) { snapshot, last in
            try snapshot.submissions(naming: person, tenant: tenant, after: last, limit: Self.page)
        }
        messages = try await Self.all(writer) { snapshot, last in
            try snapshot.joblessMessages(naming: person, tenant: tenant, after: last, limit: Self.page)
        }
        uploads = try await Self.all(writer) { snapshot, last in
            try snapshot.uploads(naming: person, tenant: tenant, after: last, limit: Self.page)
        }
        settings = try await writer.read { try $0.settings(naming: person, tenant: tenant) }
        let all = Set(sealed + saying + submissions.map(\.job))
        jobs = all.sorted { $0.rawValue < $1.rawValue }
    }

    private static func all<Found: Sendable, Place: Sendable>(
        _ writer: JobWriter,
        _ page: @escaping @Sendable (any StoreSnapshot, Place?) throws -> (found: [Found], last: Place?)
    ) async throws -> [Found] {
        var found: [Found] = []
        var place: Place?
        repeat {
            let (next, last) = try await writer.read { [place] in try page($0, place) }
            found += next
            place = last
        } while place != nil
        return found
    }
}
