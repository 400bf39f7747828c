/// Numbers both implementations follow.
enum DispatchRules {
    /// Milliseconds of waiting that one point of priority is worth: priority is a head start, so everything has its turn.
    static let headStart: Int64 = 10_000
    /// Delayed jobs made ready by one claim.
    static let promotions = 100
    /// Entries, leases or jobs one script call takes.
    static let batch = 100
    /// Different sets of needed capabilities kept apart.
    static let kinds = 1024
    /// How long the bookkeeping of a queue outlives its last enqueue: 30 days.
    static let bookkeepingSeconds = 2_592_000
    /// Longest sleep of a waiting claim: a wake-up may be lost, or go to a worker that lacks a capability.
    static let pollInterval = Duration.seconds(2)
}
