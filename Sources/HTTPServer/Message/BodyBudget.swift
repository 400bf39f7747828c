import Synchronization

/// How many bytes of bodies all connections of a listener may have in memory at once, whatever loop they are on.
///
/// An owner of bodies gets no more than it leaves free: half of all while nobody else has any, a third each while two want all they
/// can get. So nobody can use the budget up alone, and who comes later finds room without anything being set aside for it.
final class BodyBudget: Sendable {
    private struct Use {
        var total = 0
        /// Of owners that have any.
        var byOwner: [String: Int] = [:]
    }

    private let limit: Int
    private let use = Mutex(Use())

    init(limit: Int) { self.limit = limit }

    /// Bytes that are counted now.
    var count: Int { use.withLock { $0.total } }

    /// Counts bytes; false when there is no room for them, or none for more of their owner's.
    ///
    /// - Parameter owner: nil where nobody knows whose they are: then only all together are limited.
    func take(_ count: Int, for owner: String?) -> Bool {
        use.withLock { use in
            let free = limit - use.total - count
            guard free >= 0 else { return false }
            if let owner {
                let own = use.byOwner[owner, default: 0] + count
                guard own <= free else { return false }
                use.byOwner[owner] = own
            }
            use.total += count
            return true
        }
    }

    /// Takes bytes back that were counted for that owner.
    func giveBack(_ count: Int, of owner: String?) {
        use.withLock { use in
            use.total -= count
            guard let owner, let own = use.byOwner[owner] else { return }
            use.byOwner[owner] = own > count ? own - count : nil
        }
    }
}

/// What one body has of the budget, for as long as the request lives.
///
/// Its first bytes are not counted: what is usual goes on while a few have used the budget up.
final class BodyShare: Sendable {
    static let free = 65536

    private let budget: BodyBudget
    private let owner: String?
    private let bytes = Atomic(0)

    init(of budget: BodyBudget, for owner: String? = nil) {
        self.budget = budget
        self.owner = owner
    }

    /// A share of the same budget for a body whose owner is known.
    func owned(by owner: String) -> BodyShare { BodyShare(of: budget, for: owner) }

    /// Counts further bytes of the body; false when there is no room for them.
    func take(_ count: Int) -> Bool {
        let after = bytes.wrappingAdd(count, ordering: .relaxed).newValue
        let further = Self.counted(after) - Self.counted(after - count)
        guard further == 0 || budget.take(further, for: owner) else {
            bytes.wrappingSubtract(count, ordering: .relaxed)
            return false
        }
        return true
    }

    private static func counted(_ bytes: Int) -> Int { max(0, bytes - free) }

    deinit {
        let counted = Self.counted(bytes.load(ordering: .relaxed))
        if counted > 0 { budget.giveBack(counted, of: owner) }
    }
}
