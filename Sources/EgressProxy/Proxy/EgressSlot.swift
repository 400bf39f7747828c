package import EventLoops
import NetworkPolicy
import Telemetry

/// One port of the proxy: the way out of one browser context.
///
/// Unbound, it lets nothing through. Lives on the proxy's loop.
package actor EgressSlot {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let proxy: EgressProxy
    private var listener: TCPListener?
    private var binding: EgressBinding?
    private var connections: [ObjectIdentifier: ProxyConnection] = [:]
    /// Names looked up for this job and what they were found to be: a page's later requests go where its first ones went.
    private var names: [String: (addresses: [IPAddress], until: ContinuousClock.Instant)] = [:]
    /// What was asked for and not reached.
    package nonisolated let problems = ProblemLog()
    private var toldDenials: Set<EgressDenial> = []
    private var hasSaidUnknown = false
    /// Connections so far.
    package private(set) var connectionCount = 0
    /// Bytes both ways since it was bound.
    package private(set) var byteCount = 0

    private static let nameLimit = 256
    private static let nameLifetime = Duration.seconds(60)
    private static let toldLimit = 50
    private static let connectLimit = Duration.seconds(20)
    private static let connectLimitWithOthers = Duration.seconds(4)

    init(of proxy: EgressProxy) {
        self.proxy = proxy
        loop = proxy.loop
    }

    func listen() async throws {
        let address = SocketAddress(host: "127.0.0.1", port: 0)
        let listener = try await TCPListener.listen(on: loop, at: address) { [weak self] connection in
            guard let self else { return connection.close() }
            assumeIsolated { $0.accept(connection) }
        }
        self.listener = listener
        port = listener.localAddress.port
        proxy.own.add(port: port)
    }

    /// Where it listens, on 127.0.0.1.
    package private(set) var port = 0

    /// From now on connections are this job's.
    package func bind(_ binding: EgressBinding) {
        self.binding = binding
        names = [:]
        toldDenials = []
        byteCount = 0
    }

    /// Lets nothing through any more, and cuts every connection; returns when the port is free.
    package func close() async {
        binding = nil
        guard let listener else { return }
        self.listener = nil
        proxy.own.remove(port: port)
        cutConnections()
        await listener.close()
    }

    private func cutConnections() {
        for connection in connections.values { connection.assumeIsolated { $0.cut() } }
    }

    // MARK: Connections

    private func accept(_ socket: TCPConnection) {
        guard isWelcome(socket) else { return socket.reset() }
        let limit = binding?.policy().maximumConnections ?? 16
        guard connections.count < limit else {
            note(.connectionLimit, "has \(limit) connections already")
            return socket.reset()
        }
        connectionCount += 1
        let connection = ProxyConnection(socket, of: self)
        connections[ObjectIdentifier(connection)] = connection
        connection.assumeIsolated { $0.start() }
    }

    /// Whether it is the browser that comes. Where the kernel does not say, everybody is taken for it: no page would load.
    private func isWelcome(_ socket: TCPConnection) -> Bool {
        guard let users = proxy.users else { return true }
        switch socket.localPeer {
        case .user(let user) where users.contains(user): return true
        case .user(let user):
            proxy.logger.warning("A process of another user was kept from the proxy", ["user": String(user)])
            return false
        case .nobody: return false
        case .unknown:
            if !hasSaidUnknown { proxy.logger.warning("The kernel does not say whose processes use the proxy") }
            hasSaidUnknown = true
            return true
        }
    }

    func ended(_ connection: ProxyConnection) { connections[ObjectIdentifier(connection)] = nil }

    private func note(_ rule: EgressDenial.Rule, _ reason: String) {
        note(EgressDenial(rule, "The job", reason))
    }

    /// Counts bytes on their way.
    ///
    /// - Returns: whether the job may go on.
    func count(_ bytes: Int) -> Bool {
        byteCount += bytes
        guard let limit = binding?.policy().maximumBytes, byteCount > limit else { return true }
        note(.byteLimit, "has moved more than \(limit) bytes")
        return false
    }

    /// The job's proxy, when it stands between us and this place.
    func upstream(for request: ProxyRequest) -> UpstreamProxy? {
        binding?.upstream.flatMap { $0.isBypassed(request.host, request.port) ? nil : $0 }
    }

    /// Connects to a place that may be reached.
    ///
    /// - Throws: `EgressDenial`, `EgressFailure`.
    func connect(_ host: HostName, _ port: Int) async throws -> TCPConnection {
        let policy = try checkName(host, port)
        let addresses = try await addresses(of: host, port)
        try policy.check(host, port: port, addresses, isOwn: proxy.own.contains)
        return try await dial(addresses, host, port)
    }

    /// What can be said of a place that somebody else connects to: the job's own proxy.
    func check(_ host: HostName, _ port: Int) throws {
        let policy = try checkName(host, port)
        guard case .address(let address) = host.kind else {
            if host.isLocalName { try policy.check(host, port: port, Self.loopback, isOwn: proxy.own.contains) }
            return
        }
        try policy.check(host, port: port, [address], isOwn: proxy.own.contains)
    }

    private func checkName(_ host: HostName, _ port: Int) throws -> EgressPolicy {
        guard let binding else {
            throw EgressDenial(.unbound, "\(host.bracketed):\(port)", "was asked for by no job")
        }
        let policy = binding.policy()
        try policy.check(host, port: port)
        if proxy.own.contains(host, port) {
            throw EgressDenial(.ownPort, "\(host.bracketed):\(port)", "is a port of cpa itself; nothing opens it")
        }
        return policy
    }

    private static let loopback = [IPAddress(bytes: [127, 0, 0, 1]), IPAddress.constant("::1")]

    private func addresses(of host: HostName, _ port: Int) async throws -> [IPAddress] {
        guard case .name(let name) = host.kind else {
            if case .address(let address) = host.kind { return [address] }
            return []
        }
        if host.isLocalName { return Self.loopback }
        if let known = names[name], known.until > .now { return known.addresses }
        let found = await proxy.resolver.addresses(of: name)
        guard !found.isEmpty else {
            throw EgressFailure(place: "\(host):\(port)", reason: "cannot be found: no such host")
        }
        if names.count >= Self.nameLimit { names = [:] }
        names[name] = (found, .now + Self.nameLifetime)
        return found
    }

    private func dial(_ addresses: [IPAddress], _ host: HostName, _ port: Int) async throws -> TCPConnection {
        var failure = EgressFailure(place: "\(host.bracketed):\(port)", reason: "cannot be reached")
        for (index, address) in addresses.enumerated() {
            let isLast = index == addresses.count - 1
            let limit = isLast ? Self.connectLimit : Self.connectLimitWithOthers
            do {
                let target = SocketAddress(host: address.description, port: port)
                return try await ConnectAttempt.connect(on: loop, to: target, within: limit)
            } catch is ConnectAttempt.TimeLimit {
                failure.reason = "did not answer within \(limit.components.seconds) s"
                failure.isTimeout = true
            } catch let error as EventLoopError {
                failure.reason =
                    error.message.contains("refused")
                    ? "refused: nothing listens there" : "cannot be reached: \(error.message)"
            }
        }
        throw failure
    }

    // MARK: Problems

    /// Keeps a denial for the step, tells the job of it and writes it down.
    func note(_ denial: EgressDenial) {
        problems.add(EgressProblem(place: denial.place, denial: denial, message: denial.description))
        guard toldDenials.count < Self.toldLimit, toldDenials.insert(denial).inserted else { return }
        guard let binding else {
            proxy.logger.debug("Browser kept from the network", ["place": denial.place])
            return
        }
        proxy.logger.warning(
            "Page kept from the network",
            [
                "tenant": binding.tenant, "job": binding.job, "rule": denial.rule.rawValue, "place": denial.place,
            ]
        )
        binding.denied(denial)
    }

    func note(_ failure: EgressFailure) {
        problems.add(EgressProblem(place: failure.place, message: "\(failure.place) \(failure.reason)"))
    }
}
