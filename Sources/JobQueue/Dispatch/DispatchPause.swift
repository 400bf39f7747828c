/// A pause of the queue or of a tenant: nothing is given out. What becomes of jobs that run meanwhile.
///
/// Ordered by what they demand: where the queue and a tenant are paused, the stronger holds. The number is Redis'.
package enum DispatchPause: Int, Sendable, Hashable, CaseIterable, Comparable {
    /// They go on.
    case runningGoesOn = 1
    /// They begin no further step until the pause is over, and keep their leases.
    case runningHolds = 2
    /// They stop and go back, and go on with another lease after the pause.
    case runningGoesBack = 3

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
