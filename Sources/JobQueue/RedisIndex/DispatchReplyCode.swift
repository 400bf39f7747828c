/// First element of every script's reply.
enum DispatchReplyCode: Int64, CaseIterable {
    /// The data is of a newer layout; nothing was done. Followed by that layout.
    case newerLayout = -1
    /// No job, or the lease is not held: nothing was changed.
    case nothing = 0
    /// Done. What follows is the script's own.
    case done = 1
    /// An entry would be one kind too many; those before it were taken. Followed by their number.
    case tooManyKinds = 2
    /// The index is new or was emptied, and nobody told it the policies yet: nothing was done.
    case noPolicies = 3
}
