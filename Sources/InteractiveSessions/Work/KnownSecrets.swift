import JobModel
import JobWorker
import Security
import Synchronization

/// The secrets a session has used so far: what nothing that leaves it may show.
final class KnownSecrets: Sendable {
    private struct State {
        var values: Set<String> = []
        var redactor: Redactor
    }

    /// One-time passwords and their like: a session that lives for days makes thousands of them.
    private let late = LateSecrets()
    private let state: Mutex<State>

    init() { state = Mutex(State(redactor: Redactor(secrets: [], late: late))) }

    var redactor: Redactor { state.withLock { $0.redactor } }

    /// What the session names, for as long as it lives.
    func add(_ values: some Sequence<String>) {
        state.withLock { state in
            let more = state.values.union(values)
            guard more.count > state.values.count else { return }
            state.values = more
            state.redactor = Redactor(secrets: more, late: late)
        }
    }

    /// What comes to be while a task is resolved; the oldest of these are forgotten.
    func add(issued secret: String) { late.add(secret) }
}
