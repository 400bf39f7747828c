import JobModel
package import JobQueue
import Storage

/// How much waits for the scheduler, its workers and people.
package struct SchedulerLoad: Sendable {
    /// What the index holds; nil when it does not answer.
    package var depth: DispatchDepth?
    /// How long the oldest job that could run has waited, in milliseconds; nil when none waits.
    package var oldestWait: Int64?
    /// Jobs the index has not heard of yet.
    package var unrelayed = 0
    /// Jobs that wait for a human's leave.
    package var approvals = 0
    /// Jobs of which a human must say what happened.
    package var reviews = 0
    /// Watchers connected.
    package var watchers = 0
}

extension Scheduler {
    /// Counts what waits.
    ///
    /// - Throws: `SchedulerError` when the store does not answer.
    package func load() async throws -> SchedulerLoad {
        let now = writer.environment.now()
        var load = try await writer.read { snapshot in
            var load = SchedulerLoad()
            load.oldestWait = try snapshot.oldestOpenJob(in: .pending).map { max(0, now - $0) }
            load.unrelayed = try snapshot.outboxCount()
            load.approvals = try snapshot.countOpenJobs(in: .waitingApproval)
            load.reviews = try snapshot.countOpenJobs(in: .needsReview)
            return load
        }
        load.watchers = writer.announcer.progress.watchers
        // An index that is away is told by its missing numbers; the rest is as true without it.
        load.depth = try? await ask { try await $0.depth() }
        return load
    }
}
