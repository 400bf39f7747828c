import JobModel
import JobWorker
import Security
import Synchronization

/// The secrets a session has used so far: what nothing that leaves it may show.
final class KnownSecrets: Sendable {
    private struct State {
        var values: Set<String> = []
        var redactor = Redactor.none
    }

    private let state = Mutex(State())

    var redactor: Redactor { state.withLock { $0.redactor } }

    func add(_ values: some Sequence<String>) {
        state.withLock { state in
            let more = state.values.union(values)
            guard more.count > state.values.count else { return }
            state.values = more
            state.redactor = Redactor(secrets: more)
        }
    }
}
