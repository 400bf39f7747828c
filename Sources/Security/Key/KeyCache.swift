import Storage
import Synchronization

/// Rows of keys that were seen lately, so that a request costs no query.
///
/// Only the process that has the database open changes keys, and it does so through the one authority that owns this:
/// `forget` makes a change count at once. Bounded: when it is full it starts anew.
final class KeyCache: Sendable {
    private struct State {
        var rows: [String: APIKeyRecord] = [:]
        /// Counts changes: a row that was read before one must not be kept after it.
        var changes = 0
    }

    private static let limit = 4096

    private let state = Mutex(State())

    func row(_ id: String) -> APIKeyRecord? { state.withLock { $0.rows[id] } }

    /// How many changes there were; to be asked before a row is read.
    var changes: Int { state.withLock { $0.changes } }

    func keep(_ row: APIKeyRecord, readAfter changes: Int) {
        state.withLock { state in
            guard state.changes == changes else { return }
            if state.rows.count >= Self.limit { state.rows.removeAll(keepingCapacity: true) }
            state.rows[row.id] = row
        }
    }

    func forget(_ id: String) {
        state.withLock { state in
            state.rows[id] = nil
            state.changes += 1
        }
    }

    /// Whether a use at `time` is to be written down: at most once a minute.
    func notesUse(of id: String, at time: Int64) -> Bool {
        state.withLock { state in
            guard let last = state.rows[id]?.lastUsed, time - last < 60_000 else {
                state.rows[id]?.lastUsed = time
                return true
            }
            return false
        }
    }
}
