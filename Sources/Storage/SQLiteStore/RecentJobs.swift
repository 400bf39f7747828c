import JobModel
import Synchronization

/// Jobs as they were last committed, so that a write need not read what the one before it wrote.
///
/// Only the writer's transactions look here: nobody else changes rows. A job that a transaction changes is unknown from then
/// on, until that transaction is committed; when it is rolled back it stays unknown, and is read from its row.
final class RecentJobs: Sendable {
    /// In one piece: whoever looks at an entry copies a reference.
    private final class Known: Sendable {
        let job: JobRecord

        init(_ job: JobRecord) { self.job = job }
    }

    private struct Entry {
        var known: Known?
        /// The change it comes from, or that is under way.
        var change: Int
    }

    private struct State {
        var entries: [JobID: Entry] = [:]
        var lastChange = 0
    }

    private static let limit = 1_024
    /// Bytes of scenario; a larger one is read again each time rather than kept.
    private static let scenarioLimit = 8_192

    private let state = Mutex(State())

    func job(_ id: JobID) -> JobRecord? { state.withLock { $0.entries[id]?.known }?.job }

    /// A job is being changed.
    ///
    /// - Returns: the change, for `settle`.
    @discardableResult
    func beginChange(of id: JobID) -> Int {
        state.withLock { state in
            if state.entries.count >= Self.limit { state.entries = [:] }
            state.lastChange += 1
            state.entries[id] = Entry(known: nil, change: state.lastChange)
            return state.lastChange
        }
    }

    /// A change was committed; it says nothing any more when another followed in the same commit.
    func settle(_ job: JobRecord, _ change: Int) {
        guard job.scenario.text.utf8.count <= Self.scenarioLimit else { return }
        let known = Known(job)
        state.withLock { state in
            guard let place = state.entries.index(forKey: job.id), state.entries.values[place].change == change else {
                return
            }
            state.entries.values[place].known = known
        }
    }
}
