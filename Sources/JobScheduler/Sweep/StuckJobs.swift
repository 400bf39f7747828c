import JobModel
import Synchronization

/// Jobs the last sweep could not change, each with why: a sweep comes twice a second, and says it once.
final class StuckJobs: Sendable {
    private let known = Mutex<[JobID: String]>([:])

    /// Takes what a sweep found.
    ///
    /// - Returns: jobs of which something else was known before.
    func replace(with found: [JobID: String]) -> Set<JobID> {
        known.withLock { known in
            let changed = found.filter { known[$0.key] != $0.value }
            known = found
            return Set(changed.keys)
        }
    }
}
