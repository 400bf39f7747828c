import JobModel
import Synchronization

/// Counts the changes of jobs, so that what was read of one can be known to be still so.
///
/// Jobs share counts: one may seem to have changed that has not, never the other way round.
final class JobChangeCounts: Sendable {
    private static let size = 4096

    private let counts = Mutex([Int](repeating: 0, count: size))

    func count(of job: JobID) -> Int { counts.withLock { $0[Self.place(of: job)] } }

    func note(_ jobs: [JobID]) {
        guard !jobs.isEmpty else { return }
        counts.withLock { counts in
            for job in jobs { counts[Self.place(of: job)] += 1 }
        }
    }

    private static func place(of job: JobID) -> Int { job.hashValue & (size - 1) }
}

/// The jobs one transaction changed: their rows, steps or files.
final class ChangedJobs {
    private let recent: RecentJobs
    private(set) var jobs: [JobID] = []

    init(_ recent: RecentJobs) { self.recent = recent }

    /// A job is another one from now on.
    ///
    /// - Returns: the change, for `RecentJobs.settle`.
    @discardableResult
    func note(_ job: JobID) -> Int {
        if jobs.last != job { jobs.append(job) }
        return recent.beginChange(of: job)
    }
}
