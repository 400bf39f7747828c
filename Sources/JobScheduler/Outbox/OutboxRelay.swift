import JobModel
import JobQueue
import Storage
import Telemetry

/// Brings the dispatch index up to date with the store.
///
/// An outbox row only names a job: what the index should hold follows from the job's row. So rows coalesce, a pass that
/// broke off is simply repeated, and the index ends up right whatever was lost on the way.
struct OutboxRelay {
    /// Rows of one pass.
    static let batch = 500
    private static let firstPause = Duration.milliseconds(100)
    /// With what a connection waits before it tries again, an index that is back is fed within ten seconds.
    static let longestPause = Duration.seconds(5)

    let store: any Store
    let index: any DispatchIndex
    let logger: Logger
    /// Raised after a commit that wrote a row.
    let wake: Signal
    /// Raised when the index is back after an outage: it may have forgotten everything.
    let reconcile: Signal

    /// Relays until cancelled; while the index is down it tries again, less and less often.
    func run() async {
        var pause = Self.firstPause
        wake.raise()
        for await _ in wake.heard {
            while !Task.isCancelled {
                do {
                    while try await relay() > 0 {}
                    if pause > Self.firstPause { reconcile.raise() }
                    pause = Self.firstPause
                    break
                } catch {
                    logger.warning("The dispatch index or the store does not answer", ["error": "\(error)"])
                    try? await Task.sleep(for: pause)
                    pause = min(pause * 2, Self.longestPause)
                }
            }
        }
    }

    /// Relays the oldest rows.
    ///
    /// - Returns: how many.
    func relay() async throws -> Int {
        let (rows, policies) = try await store.read { snapshot in
            let rows = try snapshot.outbox(limit: Self.batch)
            let isAboutPolicies = rows.contains { $0.job == OutboxRecord.policies }
            return (rows, isAboutPolicies ? try snapshot.policies() : nil)
        }
        guard let last = rows.last else { return 0 }
        if let policies { try await index.apply(DispatchPolicy(policies)) }
        try await tell(rows)
        try await store.write { try $0.deleteOutbox(through: last.id) }
        return rows.count
    }

    /// Makes the index hold what the rows say of their jobs, each job once.
    private func tell(_ rows: [OutboxRecord]) async throws {
        var entries: [DispatchEntry] = []
        var removed: [JobID] = []
        var seen: Set<JobID> = []
        for row in rows where seen.insert(row.job).inserted {
            guard let standing = row.standing else { continue }
            switch standing.state {
            case .pending, .scheduled: entries.append(DispatchEntry(of: row.job, standing))
            case .running: if standing.isStopping { try await index.requestCancel(row.job) }
            case .waitingApproval, .needsReview, .done, .failed, .cancelled, .dead: removed.append(row.job)
            }
        }
        if !entries.isEmpty { try await index.enqueue(entries) }
        if !removed.isEmpty { try await index.remove(removed) }
    }
}

extension DispatchEntry {
    /// What the index should hold of a job that waits.
    fileprivate init(of job: JobID, _ standing: OutboxRecord.Standing) {
        self.init(
            job: job,
            tenant: standing.tenant,
            priority: standing.priority,
            notBefore: standing.notBefore,
            epochFloor: standing.epoch,
            needs: standing.needs
        )
    }
}
