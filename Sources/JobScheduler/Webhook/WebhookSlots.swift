import JobModel
import Storage
import Synchronization

/// Which webhook calls are under way: as many as there may be, and of one tenant a few, so that its slow receivers leave room
/// for everybody else's.
final class WebhookSlots: Sendable {
    /// Calls at once.
    static let limit = 16
    /// Calls at once of one tenant.
    static let tenantLimit = 4

    private let calls = Mutex<[String: TenantID]>([:])

    /// How many more calls there may be.
    var free: Int { calls.withLock { Self.limit - $0.count } }

    /// What has no slot to hope for now.
    var busy: BusyWebhooks {
        calls.withLock { calls in
            let counts: [TenantID: Int] = calls.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            return BusyWebhooks(
                calls: Set(calls.keys),
                tenants: Set(counts.filter { $0.value >= Self.tenantLimit }.keys)
            )
        }
    }

    /// Gives a call a slot.
    ///
    /// - Returns: false when there is none for it, or it has one already.
    func take(for call: WebhookRecord) -> Bool {
        calls.withLock { calls in
            guard calls.count < Self.limit, calls[call.id] == nil,
                calls.values.count(where: { $0 == call.tenant }) < Self.tenantLimit
            else { return false }
            calls[call.id] = call.tenant
            return true
        }
    }

    /// The call is over, and what became of it is written.
    func giveBack(_ id: String) { calls.withLock { $0[id] = nil } }
}
