import Synchronization

/// Secrets that come to be while a job runs, such as one-time passwords; a redactor that was given them knows each at once.
///
/// Bounded: the oldest are forgotten, long after anybody could use them.
package final class LateSecrets: Sendable {
    private static let limit = 100

    private let state = Mutex<(secrets: [String], redactor: Redactor)>(([], .none))

    package init() {}

    /// One more.
    package func add(_ secret: String) {
        state.withLock { state in
            guard !state.secrets.contains(secret) else { return }
            state.secrets.append(secret)
            if state.secrets.count > Self.limit { state.secrets.removeFirst() }
            state.redactor = Redactor(secrets: state.secrets)
        }
    }

    /// Knows those so far.
    var redactor: Redactor { state.withLock { $0.redactor } }
}
