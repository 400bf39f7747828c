import JobModel
import Synchronization

/// The last records of audit chains as the writes of one commit left them: the next one of it need not look for them.
final class AuditHeads: Sendable {
    struct Head {
        var sequence: Int64
        var hash: [UInt8]
    }

    private let state = Mutex<(stretch: Int, heads: [TenantID: Head])>((0, [:]))

    /// The head of a tenant's chain, when a write of this stretch (`SQLiteDatabase.stretch`) set it.
    func head(of tenant: TenantID, in stretch: Int) -> Head? {
        state.withLock { $0.stretch == stretch ? $0.heads[tenant] : nil }
    }

    func set(_ head: Head, of tenant: TenantID, in stretch: Int) {
        state.withLock { state in
            if state.stretch != stretch { state = (stretch, [:]) }
            state.heads[tenant] = head
        }
    }
}
