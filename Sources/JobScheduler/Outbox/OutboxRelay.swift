import JobModel
import JobQueue
import Storage
import Telemetry

/// Brings the dispatch index up to date with the store.
///
/// An outbox row only names a job: what the index should hold follows from the job's row. So rows coalesce, a pass that
/// broke off is simply repeated, and the index ends up right whatever was lost on the way.
struct OutboxRelay {
    /// Rows of one pass; bounds one call to the index.
    static let batch = 200
    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

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
        let (rows, jobs, policies) = try await store.read { snapshot in
            let rows = try snapshot.outbox(limit: Self.batch)
            var jobs: [JobRecord] = []
            for id in Set(rows.map(\.job)) {
                if let job = try snapshot.job(id) { jobs.append(job) }
            }
            let isAboutPolicies = rows.contains { $0.job == OutboxRecord.policies }
            return (rows, jobs, isAboutPolicies ? try snapshot.policies() : nil)
        }
        guard !rows.isEmpty else { return 0 }
        if let policies { try await index.apply(DispatchPolicy(policies)) }
        let entries = jobs.compactMap(DispatchEntry.init(of:))
        if !entries.isEmpty { try await index.enqueue(entries) }
        for job in jobs where job.state == .running && job.stopReason != nil { try await index.requestCancel(job.id) }
        for job in jobs where job.state.isTerminal || job.state == .needsReview || job.state == .waitingApproval {
            try await index.remove(job.id)
        }
        try await store.write { try $0.deleteOutbox(rows) }
        return rows.count
    }
}

extension DispatchEntry {
    /// What the index should hold of a job; nil when it should not offer it.
    init?(of job: JobRecord) {
        guard job.state == .pending || job.state == .scheduled else { return nil }
        self.init(
            job: job.id,
            tenant: job.tenant,
            priority: job.priority,
            notBefore: job.notBefore,
            epochFloor: job.epoch,
            needs: job.needs
        )
    }
}
