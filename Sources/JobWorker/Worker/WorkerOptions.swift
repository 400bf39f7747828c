package import JobModel

/// How a worker works.
package struct WorkerOptions: Sendable {
    /// Its name, unique among the workers that live.
    package var id: WorkerID
    /// Jobs at once.
    package var capacity: Int
    /// Steps of one job at once.
    package var parallelSteps: Int
    /// Length of a lease without renewal; it is renewed at a third.
    package var lease: Duration
    /// How long before its end a lease that could not be renewed is given up: time to stop a page.
    package var leaseMargin: Duration
    /// How long one claim waits for a job; a shutdown waits for the claim.
    package var claimWait: Duration
    /// From the first signal to the end.
    package var drainLimit: Duration
    /// The part of it that is kept for handing jobs back.
    package var handBackLimit: Duration

    /// Options.
    package init(
        id: WorkerID,
        capacity: Int = 2,
        parallelSteps: Int = 8,
        lease: Duration = .seconds(15),
        leaseMargin: Duration = .seconds(4),
        claimWait: Duration = .seconds(2),
        drainLimit: Duration = .seconds(25),
        handBackLimit: Duration = .seconds(5)
    ) {
        precondition(capacity > 0, "Cannot work with a capacity of \(capacity)")
        self.id = id
        self.capacity = capacity
        self.parallelSteps = parallelSteps
        self.lease = lease
        self.leaseMargin = leaseMargin
        self.claimWait = claimWait
        self.drainLimit = drainLimit
        self.handBackLimit = handBackLimit
    }
}
