import JSON
import JobModel
import Synchronization

/// Which jobs were done, how often: every measurement ends with it.
final class Ledger: Sendable {
    private let expected: Int
    private let runs = Mutex<[JobID: Int]>([:])

    /// - Parameter expected: jobs there are to be done.
    init(expecting expected: Int) { self.expected = expected }

    /// A job was done.
    func done(_ job: JobID) { runs.withLock { $0[job, default: 0] += 1 } }

    /// Whether every job was done.
    var isComplete: Bool { runs.withLock { $0.count >= expected } }

    /// Jobs never done, and done more than once.
    var members: JSONObject {
        runs.withLock { runs in
            [
                "jobs": JSONValue(expected), "lost": JSONValue(expected - runs.count),
                "twice": JSONValue(runs.values.count { $0 > 1 }),
            ]
        }
    }
}
