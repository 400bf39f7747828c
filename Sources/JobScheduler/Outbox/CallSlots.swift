import JobModel
import Synchronization

/// Which calls to other servers are under way: as many as there may be, and of one tenant a few, so that its slow receivers
/// leave room for everybody else's.
final class CallSlots: Sendable {
    private struct State {
        var calls: [String: TenantID] = [:]
        var counts: [TenantID: Int] = [:]
    }

    /// Calls at once.
    let limit: Int
    /// Calls at once of one tenant.
    let tenantLimit: Int
    private let state = Mutex(State())

    init(limit: Int = 16, tenantLimit: Int = 4) {
        self.limit = limit
        self.tenantLimit = tenantLimit
    }

    /// How many more calls there may be.
    var free: Int { state.withLock { limit - $0.calls.count } }

    /// Ids of calls under way.
    var calls: Set<String> { state.withLock { Set($0.calls.keys) } }

    /// Tenants that have no slot to hope for now.
    var fullTenants: Set<TenantID> {
        state.withLock { state in Set(state.counts.filter { $0.value >= tenantLimit }.keys) }
    }

    /// Gives a call a slot.
    ///
    /// - Returns: false when there is none for it, or it has one already.
    func take(_ id: String, of tenant: TenantID) -> Bool {
        state.withLock { state in
            let count = state.counts[tenant, default: 0]
            guard state.calls.count < limit, count < tenantLimit, state.calls[id] == nil else { return false }
            state.calls[id] = tenant
            state.counts[tenant] = count + 1
            return true
        }
    }

    /// The call is over, and what became of it is written.
    func giveBack(_ id: String) {
        state.withLock { state in
            guard let tenant = state.calls.removeValue(forKey: id), let count = state.counts[tenant] else { return }
            state.counts[tenant] = count > 1 ? count - 1 : nil
        }
    }
}
