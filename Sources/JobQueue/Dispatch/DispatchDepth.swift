/// Numbers of jobs in the index.
package struct DispatchDepth: Sendable, Hashable {
    /// Claimable now.
    package var ready: Int
    /// Claimable later.
    package var delayed: Int
    /// Held by a worker, or by one whose time is over unnoticed.
    package var leased: Int
    /// Their lease ran out and the scheduler has not yet said what becomes of them.
    package var lost: Int

    /// Numbers.
    package init(ready: Int, delayed: Int, leased: Int, lost: Int = 0) {
        self.ready = ready
        self.delayed = delayed
        self.leased = leased
        self.lost = lost
    }
}
