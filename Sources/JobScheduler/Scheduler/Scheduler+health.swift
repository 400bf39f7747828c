package import JobQueue
package import Security
import Storage

/// Whether the scheduler can do its work.
package struct SchedulerHealth: Sendable {
    /// Why the store does not answer, or takes no writes; nil when it does.
    package var storeProblem: String?
    /// Why the dispatch index does not answer, or takes no jobs; nil when it does.
    package var indexProblem: String?
    /// What the index holds; nil when it does not answer.
    package var depth: DispatchDepth?
    /// Since when the whole queue is paused, milliseconds since 1970; nil when it is not.
    package var pausedSince: Int64?
    /// Whether the disk has room for new jobs and files; without it only what was accepted goes on.
    package var hasRoom = true
    /// Watchers connected.
    package var watchers: Int

    /// Whether jobs can be accepted; without the index they wait.
    package var isReady: Bool { storeProblem == nil && hasRoom }
    /// Whether everything works.
    package var isHealthy: Bool { isReady && indexProblem == nil }
}

extension Scheduler {
    /// Asks the store and its disk: jobs are accepted with these alone.
    package func readiness() async -> SchedulerHealth {
        var health = SchedulerHealth(watchers: writer.announcer.progress.watchers)
        do {
            try writer.check(isTrying: true)
            health.pausedSince = try await writer.read { try $0.policy(of: nil) }.pause?.since
        } catch { health.storeProblem = "\(error)" }
        health.hasRoom = await writer.environment.hasRoom()
        return health
    }

    /// Asks the store, its disk and the index.
    package func health() async -> SchedulerHealth {
        var health = await readiness()
        do {
            health.depth = try await ask { try await $0.depth() }
            try await ask { try await $0.tryWrite() }
        } catch { health.indexProblem = "\(error)" }
        return health
    }

    /// How many jobs the caller may know of wait and run: the whole queue's for operators, else those of its tenant.
    ///
    /// Nil when the index does not answer.
    /// - Parameter health: what it said a moment ago; nil asks it.
    /// - Throws: `SchedulerError` when the store does not answer.
    package func depth(for caller: Principal, knowing health: SchedulerHealth? = nil) async throws -> DispatchDepth? {
        if caller.isOperator {
            if let health { return health.depth }
            return try? await ask { try await $0.depth() }
        }
        let now = writer.environment.now()
        let counts = try await writer.read { try $0.openJobCounts(of: caller.tenant, at: now) }
        return DispatchDepth(ready: counts.ready, delayed: counts.delayed, leased: counts.running)
    }
}
