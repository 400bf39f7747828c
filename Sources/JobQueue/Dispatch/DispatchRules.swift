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
    /// Longest set of needed capabilities, bytes, that stands in keys and jobs as it is.
    static let shortKind = 32
    /// Names of longer ones that are remembered; of those beyond, the ones no ready job needs are forgotten.
    static let kindNames = 4096
    /// How long a claim remembers what it took, for its repetition: longer than a lost reply is waited for.
    static let tokenMilliseconds = 20_000
    /// How long the bookkeeping of a queue outlives its last enqueue: 30 days.
    static let bookkeepingSeconds = 2_592_000
    /// What one job costs a tenant of weight 1; many weights divide it evenly.
    static let stride: Int64 = 10_080
    /// How long a paused tenant is not looked at, unless the policy changes.
    static let parkedMilliseconds: Int64 = 2_000
    /// Sets of capabilities remembered as offered.
    static let offers = 256
    /// Longest sleep of a waiting claim: a wake-up may be lost, or go to a worker that lacks a capability.
    static let pollInterval = Duration.seconds(2)
}
