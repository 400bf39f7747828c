import JobModel
import Synchronization

/// Idempotency keys of submissions that are just being taken.
final class KeysInUse: Sendable {
    /// One use; ends once, however often it is told to.
    final class Use: Sendable {
        private let owner: KeysInUse
        private let name: String
        private let isOver = Atomic(false)

        fileprivate init(_ owner: KeysInUse, _ name: String) {
            self.owner = owner
            self.name = name
        }

        func end() {
            guard !isOver.exchange(true, ordering: .relaxed) else { return }
            _ = owner.names.withLock { $0.remove(name) }
        }
    }

    private let names = Mutex<Set<String>>([])

    /// Begins to use a key.
    ///
    /// - Throws: `Problem` with 409 while another request uses it.
    func begin(_ key: String, of tenant: TenantID) throws -> Use {
        let name = "\(tenant.rawValue)\n\(key)"
        guard names.withLock({ $0.insert(name).inserted }) else {
            throw Problem(
                status: 409,
                code: "idempotency_in_progress",
                detail: "A request with this Idempotency-Key is being taken just now; come back for its answer",
                retryAfter: 1
            )
        }
        return Use(self, name)
    }
}
