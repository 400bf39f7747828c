package import NetworkPolicy

/// Whose connections a slot makes, and where they may go.
package struct EgressBinding: Sendable {
    package var tenant: String
    package var job: String
    /// Asked for each connection: policies change while jobs run.
    package var policy: @Sendable () -> EgressPolicy
    /// The job's own proxy behind ours.
    package var upstream: UpstreamProxy?
    /// Hears of each denial once, on the proxy's loop; at most 50 of a job.
    package var denied: @Sendable (EgressDenial) -> Void

    /// A binding.
    package init(
        tenant: String,
        job: String,
        policy: @escaping @Sendable () -> EgressPolicy,
        upstream: UpstreamProxy? = nil,
        denied: @escaping @Sendable (EgressDenial) -> Void = { _ in }
    ) {
        self.tenant = tenant
        self.job = job
        self.policy = policy
        self.upstream = upstream
        self.denied = denied
    }
}

/// Something a page asked for and did not get: closed to it, or out of reach.
package struct EgressProblem: Sendable, Hashable {
    /// `host:port`.
    package var place: String
    /// The rule that said no; nil when the place cannot be reached.
    package var denial: EgressDenial?
    /// A sentence.
    package var message: String
}

/// A place that may be reached and cannot.
struct EgressFailure: Error {
    /// `host:port`.
    var place: String
    /// What is wrong, as the rest of a sentence that begins with the place.
    var reason: String
    /// Whether the time was over.
    var isTimeout = false
}
