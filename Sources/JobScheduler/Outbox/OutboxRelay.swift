import JobModel
import JobQueue
import Storage
import Telemetry

/// Brings the dispatch index up to date with the store.
///
/// An outbox row only names a job: what the index should hold follows from the job's row. So rows coalesce, a pass that
/// broke off is simply repeated, and the index ends up right whatever was lost on the way. Rows the index was told of are
/// removed together a little later: a commit for each pass would stand in the way of the `agree` that follows it.
struct OutboxRelay {
    /// How far the index was told, and what of that still lies in the outbox.
    struct Position {
        /// The last row told; ids only grow.
        fileprivate var told: Int64 = 0
        /// Rows up to there that were not removed.
        fileprivate var kept = 0
        /// Since when there are any.
        fileprivate var since = ContinuousClock.now
    }

    /// Rows of one pass, and as many wait to be removed.
    static let batch = 500
    /// How long they wait at most.
    private static let keeping = Duration.milliseconds(200)
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
        await withDiscardingTaskGroup { group in
            var (position, alarm, pause) = (Position(), Alarm(), Self.firstPause)
            var knowsPolicies = false
            wake.raise()
            for await _ in wake.heard {
                while !Task.isCancelled {
                    do {
                        if !knowsPolicies {
                            // The first it hears at all: an index that is new must not give out what is paused.
                            try await index.apply(DispatchPolicy(try await store.read { try $0.policies() }))
                            knowsPolicies = true
                        }
                        // What comes after a pass that was not full raises the signal again.
                        var isMore = true
                        while isMore {
                            isMore = try await relay(from: &position) == Self.batch
                            if position.kept >= Self.batch { try await removeTold(&position) }
                        }
                        if position.since + Self.keeping <= .now { try await removeTold(&position) }
                        if pause > Self.firstPause { reconcile.raise() }
                        pause = Self.firstPause
                        break
                    } catch {
                        logger.warning("The dispatch index or the store does not answer", ["error": "\(error)"])
                        try? await Task.sleep(for: pause)
                        pause = min(pause * 2, Self.longestPause)
                    }
                }
                if position.kept > 0 { alarm.set(in: Self.keeping, raising: wake, in: &group) }
            }
            group.cancelAll()
        }
    }

    /// Tells the index of the oldest rows it was not told of.
    ///
    /// - Returns: how many.
    func relay(from position: inout Position) async throws -> Int {
        let (rows, policies) = try await store.read { [told = position.told] snapshot in
            let rows = try snapshot.outbox(after: told, limit: Self.batch)
            let isAboutPolicies = rows.contains { $0.job == OutboxRecord.policies }
            return (rows, isAboutPolicies ? try snapshot.policies() : nil)
        }
        guard let last = rows.last else { return 0 }
        if let policies { try await index.apply(DispatchPolicy(policies)) }
        try await tell(rows)
        if position.kept == 0 { position.since = .now }
        position.told = last.id
        position.kept += rows.count
        return rows.count
    }

    /// Removes the rows the index was told of.
    func removeTold(_ position: inout Position) async throws {
        guard position.kept > 0 else { return }
        try await store.write { [told = position.told] in try $0.deleteOutbox(through: told) }
        position.kept = 0
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
        // In this order: an index without memory takes nothing before something has left it.
        if !removed.isEmpty { try await index.remove(removed) }
        if !entries.isEmpty { try await index.enqueue(entries) }
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
