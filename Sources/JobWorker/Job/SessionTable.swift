package import Executors
import JobModel
import Telemetry

/// The executor sessions of one job: opened when first needed, closed together at the end.
package actor SessionTable {
    private static let openLimit = Duration.seconds(60)
    private static let closeLimit = Duration.seconds(10)
    private static let finishLimit = Duration.seconds(15)

    private let context: JobContext
    private let clock: WorkerClock
    private var opening: [String: Task<any ExecutorSession, any Error>] = [:]
    private var isClosed = false

    /// No session is open yet.
    package init(context: JobContext, clock: WorkerClock) {
        self.context = context
        self.clock = clock
    }

    /// The session of an executor; steps that come at the same time share one opening, and a failed one is tried anew.
    package func session(of executor: any Executor) async throws -> any ExecutorSession {
        if isClosed { throw CancellationError() }
        if let known = opening[executor.name] { return try await known.value }
        // Not structured: several steps wait for it, and one of them being cancelled must not take it from the others.
        let task = Task { [context, clock] in
            try await withDeadline(clock.now() + Self.openLimit, grace: .seconds(2), clock: clock) {
                try await executor.openSession(for: context)
            }
        }
        opening[executor.name] = task
        do {
            return try await task.value
        } catch {
            if opening[executor.name] == task { opening[executor.name] = nil }
            throw error
        }
    }

    /// What the sessions keep of the job as a whole; of one that takes too long, nothing.
    func finish(hasFailed: Bool) async -> [Artifact] {
        var artifacts: [Artifact] = []
        for (name, task) in opening.sorted(by: { $0.key < $1.key }) {
            do {
                artifacts += try await withDeadline(clock.now() + Self.finishLimit, grace: .seconds(2), clock: clock) {
                    guard let session = try? await task.value else { return [] }
                    return await session.finish(hasFailed: hasFailed)
                }
            } catch {
                context.logger.warning("Session did not finish in time", ["executor": name])
            }
        }
        return artifacts
    }

    /// Closes every session, also those still being opened; one that does not close in time is left behind.
    package func closeAll() async {
        isClosed = true
        let sessions = opening
        opening = [:]
        for (name, task) in sessions.sorted(by: { $0.key < $1.key }) { await Self.close(name, task, context, clock) }
    }

    /// Forgets a session that does not obey and closes it aside; the next step opens another.
    package func discard(_ name: String) {
        guard let task = opening.removeValue(forKey: name) else { return }
        // Not structured: nobody waits for a session that hangs.
        Task { [context, clock] in await Self.close(name, task, context, clock) }
    }

    private static func close(
        _ name: String,
        _ task: Task<any ExecutorSession, any Error>,
        _ context: JobContext,
        _ clock: WorkerClock
    ) async {
        task.cancel()
        guard let session = try? await task.value else { return }
        do {
            // Not structured: it must close also when the job's task was cancelled.
            try await Task {
                try await withDeadline(clock.now() + closeLimit, grace: .zero, clock: clock) { await session.close() }
            }.value
        } catch {
            context.logger.error("Session not closed in time", ["executor": name])
        }
    }
}
