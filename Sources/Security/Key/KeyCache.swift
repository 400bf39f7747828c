import Cryptography
import Storage
import Synchronization

/// Rows of keys that were let in lately, so that a request costs one hash and no query.
///
/// They are found by the hash of what the caller sent: how long that takes tells nothing about a key.
/// Only the process that has the database open changes keys, and it does so through the one authority that owns this:
/// `forget` makes a change count at once. Bounded: when it is full it starts anew.
final class KeyCache: Sendable {
    private struct State {
        var rows: [Digest: APIKeyRecord] = [:]
        /// Where the row of a key stands, by its id.
        var places: [String: Digest] = [:]
        /// Counts changes: a row that was read before one must not be kept after it.
        var changes = 0
    }

    private static let limit = 4096

    private let state = Mutex(State())

    /// The row of the key that was let in with this text.
    func row(of text: String) -> APIKeyRecord? {
        let place = SHA256.digest(of: text)
        return state.withLock { $0.rows[place] }
    }

    /// How many changes there were; to be asked before a row is read.
    var changes: Int { state.withLock { $0.changes } }

    func keep(_ row: APIKeyRecord, of text: String, readAfter changes: Int) {
        let place = SHA256.digest(of: text)
        state.withLock { state in
            guard state.changes == changes else { return }
            if state.rows.count >= Self.limit {
                state.rows.removeAll(keepingCapacity: true)
                state.places.removeAll(keepingCapacity: true)
            }
            // One text a key: a second one that means the same would outlive a change.
            if let old = state.places.updateValue(place, forKey: row.id) { state.rows[old] = nil }
            state.rows[place] = row
        }
    }

    func forget(_ id: String) {
        state.withLock { state in
            if let place = state.places.removeValue(forKey: id) { state.rows[place] = nil }
            state.changes += 1
        }
    }

    /// Whether a use at `time` is to be written down: at most once a minute.
    func mustNoteUse(of row: APIKeyRecord, at time: Int64) -> Bool { row.lastUsed.map { time - $0 >= 60_000 } ?? true }

    /// The same, and from now on it counts as written down.
    func notesUse(of id: String, at time: Int64) -> Bool {
        state.withLock { state in
            guard let place = state.places[id], let row = state.rows[place] else { return true }
            guard mustNoteUse(of: row, at: time) else { return false }
            state.rows[place]?.lastUsed = time
            return true
        }
    }
}
