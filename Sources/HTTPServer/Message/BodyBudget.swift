import Synchronization

/// How many bytes of bodies all connections of a listener may have in memory at once, whatever loop they are on.
final class BodyBudget: Sendable {
    private let limit: Int
    private let used = Atomic(0)

    init(limit: Int) { self.limit = limit }

    /// Bytes that are counted now.
    var count: Int { used.load(ordering: .relaxed) }

    /// Counts bytes; false when there is no room for them.
    func take(_ count: Int) -> Bool {
        guard used.wrappingAdd(count, ordering: .relaxed).newValue > limit else { return true }
        giveBack(count)
        return false
    }

    func giveBack(_ count: Int) { used.wrappingSubtract(count, ordering: .relaxed) }
}

/// What one body has of the budget, for as long as the request lives.
///
/// Its first bytes are not counted: what is usual goes on while a few have used the budget up.
final class BodyShare: Sendable {
    static let free = 65536

    private let budget: BodyBudget
    private let bytes = Atomic(0)

    init(of budget: BodyBudget) { self.budget = budget }

    /// Counts further bytes of the body; false when there is no room for them.
    func take(_ count: Int) -> Bool {
        let after = bytes.wrappingAdd(count, ordering: .relaxed).newValue
        guard budget.take(Self.counted(after) - Self.counted(after - count)) else {
            bytes.wrappingSubtract(count, ordering: .relaxed)
            return false
        }
        return true
    }

    private static func counted(_ bytes: Int) -> Int { max(0, bytes - free) }

    deinit { budget.giveBack(Self.counted(bytes.load(ordering: .relaxed))) }
}
