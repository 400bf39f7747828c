/// How pages reach the network when not by themselves: through a proxy of ours, with a door for each context.
package protocol NetworkGate: Sendable {
    /// A door that leads nowhere until it is given to somebody.
    func open() async throws -> any NetworkDoor
    /// A port of ours, such as Chromium's own for debugging: no door leads there.
    func close(port: Int)
    /// Somebody else may have the port now.
    func release(port: Int)
}

/// The way out of one browser context.
package protocol NetworkDoor: Sendable {
    /// The proxy Chromium is given: `http://127.0.0.1:<port>`.
    var server: String { get }
    /// From now on it leads where its owner may go.
    ///
    /// - Parameter proxy: the owner's own proxy, beyond the door.
    /// - Throws: `BrowserError` with `policyDenied` when that proxy cannot be used.
    func give(to owner: NetworkOwner, proxy: ProxySettings?) async throws(BrowserError)
    /// How many problems there were; a mark for `problems(since:)`.
    var mark: Int { get }
    /// What was asked for and not reached after a mark, the latest last.
    func problems(since mark: Int) -> [NetworkProblem]
    /// Cuts what runs through it; returns when its port is free.
    func close() async
}

/// Whose context it is.
package struct NetworkOwner: Sendable {
    package var tenant: String
    package var job: String
    /// Hears each kind of denial once; on any thread.
    package var denied: @Sendable (NetworkProblem) -> Void

    /// An owner.
    package init(tenant: String, job: String, denied: @escaping @Sendable (NetworkProblem) -> Void = { _ in }) {
        self.tenant = tenant
        self.job = job
        self.denied = denied
    }

    /// Whoever uses a browser without being a job: the commands of one picture, benches.
    package static let unattended = NetworkOwner(tenant: "default", job: "")
}

/// Something a page asked for and did not get.
package struct NetworkProblem: Sendable, Hashable {
    /// `host:port`.
    package var place: String
    /// The rule that said no; nil when the place cannot be reached.
    package var rule: String?
    /// A sentence.
    package var message: String

    /// A problem.
    package init(place: String, rule: String?, message: String) {
        self.place = place
        self.rule = rule
        self.message = message
    }
}
