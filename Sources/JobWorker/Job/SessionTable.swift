package import Executors
import JobModel
import Telemetry

/// The executor sessions of one job: opened when first needed, closed together at the end.
package actor SessionTable {
    /// A session that is there, or on its way.
    private struct Entry {
        let opening: Task<any ExecutorSession, any Error>
        /// Whether it is there.
        var isOpen = false
    }

    private static let openLimit = Duration.seconds(60)
    /// How long an opening that was stopped is waited for: a cancel of the job waits for it too.
    private static let openGrace = Duration.seconds(1)
    private static let closeLimit = Duration.seconds(10)
    private static let finishLimit = Duration.seconds(15)

    private let context: JobContext
    private let clock: WorkerClock
    private var entries: [String: Entry] = [:]
    private var isClosed = false

    /// No session is open yet.
    package init(context: JobContext, clock: WorkerClock) {
        self.context = context
        self.clock = clock
    }

    /// The session of an executor; steps that come at the same time share one opening, and a failed one is tried anew.
    package func session(of executor: any Executor) async throws -> any ExecutorSession {
        if isClosed { throw CancellationError() }
        let name = executor.name
        let opening = entries[name]?.opening ?? open(executor)
        do {
            let session = try await opening.value
            if entries[name]?.opening == opening { entries[name]?.isOpen = true }
            return session
        } catch {
            if entries[name]?.opening == opening { entries[name] = nil }
            throw error
        }
    }

    private func open(_ executor: any Executor) -> Task<any ExecutorSession, any Error> {
        // Not structured: several steps wait for it, and one of them being cancelled must not take it from the others.
        let opening = Task { [context, clock] in
            try await withDeadline(clock.now() + Self.openLimit, grace: Self.openGrace, clock: clock) {
                let session = try await executor.openSession(for: context)
                guard Task.isCancelled else { return session }
                // Nobody has waited for it till now. Not structured: it must close although it was cancelled.
                await Task { await session.close() }.value
                throw CancellationError()
            }
        }
        entries[executor.name] = Entry(opening: opening)
        return opening
    }

    /// What the sessions keep of the job as a whole; of one that takes too long, nothing, and one that is still being opened is
    /// given up.
    func finish(hasFailed: Bool) async -> [Artifact] {
        var artifacts: [Artifact] = []
        cancelOpenings()
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) where entry.isOpen {
            do {
                artifacts += try await withDeadline(clock.now() + Self.finishLimit, grace: .seconds(2), clock: clock) {
                    guard let session = try? await entry.opening.value else { return [] }
                    return await session.finish(hasFailed: hasFailed)
                }
            } catch {
                context.logger.warning("Session did not finish in time", ["executor": name])
            }
        }
        return artifacts
    }

    private func cancelOpenings() { for entry in entries.values where !entry.isOpen { entry.opening.cancel() } }

    /// Closes every session, also those still being opened; one that does not close in time is left behind.
    package func closeAll() async {
        isClosed = true
        cancelOpenings()
        let sessions = entries
        entries = [:]
        for (name, entry) in sessions.sorted(by: { $0.key < $1.key }) {
            await Self.close(name, entry.opening, context, clock)
        }
    }

    /// Forgets a session that does not obey and closes it aside; the next step opens another.
    package func discard(_ name: String) {
        guard let opening = entries.removeValue(forKey: name)?.opening else { return }
        // Not structured: nobody waits for a session that hangs.
        Task { [context, clock] in await Self.close(name, opening, context, clock) }
    }

    private static func close(
        _ name: String,
        _ opening: Task<any ExecutorSession, any Error>,
        _ context: JobContext,
        _ clock: WorkerClock
    ) async {
        opening.cancel()
        guard let session = try? await opening.value else { return }
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
