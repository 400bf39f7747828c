import BrowserAutomation
import EgressProxy
import EventLoops
import Executors
import FoundationEssentials
import JobModel
import NetworkPolicy
import Redis
import Security
import Telemetry

/// What keeps jobs within bounds in this process: policies, and the proxy that is the only way out for pages.
struct Guards: Sendable {
    let policies: PolicySource
    /// Ports no page may reach.
    let own: OwnEndpoints
    /// Nil when the operator has switched the proxy off.
    let gate: EgressGate?

    /// Where policies are looked for when nobody names a file.
    static let usualFile = "config/policies.yaml"

    /// - Parameter allowsLoopback: whether pages may reach this machine: a person's own commands may, a service's jobs not.
    /// - Throws: `HostError` with every problem of the policies.
    init(_ configuration: Configuration, allowsLoopback: Bool, logger: Logger) throws {
        own = OwnEndpoints()
        Self.close(own, configuration)
        policies = try Self.policies(configuration, allowsLoopback: allowsLoopback, own: own, logger)
        guard configuration.boolean(.egressProxy) else {
            logger.warning("Pages reach every address this machine can reach: egress_proxy is off")
            gate = nil
            return
        }
        let proxy = EgressProxy(
            on: EventLoop(name: "cpa-egress"),
            own: own,
            users: [BrowserConfiguration.User.automatic.id],
            logger: logger
        )
        gate = EgressGate(proxy) { [policies] tenant in policies[TenantID(tenant)].network }
    }

    /// The policies of the settings; those that hold without a file when there is none.
    static func policies(
        _ configuration: Configuration,
        allowsLoopback: Bool,
        own: OwnEndpoints = OwnEndpoints(),
        _ logger: Logger = .silent
    ) throws -> PolicySource {
        var network = EgressPolicy()
        network.allowsLoopback = allowsLoopback
        var base = TenantPolicy(network: network)
        // Said at submission already; a tenant's policy may open it all the same. A service without workers of its own leaves it
        // to the settings of those that run elsewhere.
        if !configuration.boolean(.browserScripts), configuration.count(.workers) > 0 { base.scripts = false }
        guard let path = configuration[.policies] ?? Self.usualPath else {
            return PolicySource(Policies(standard: base), own: own)
        }
        do {
            return try PolicySource(path: path, base: base, own: own, logger: logger)
        } catch {
            throw HostError(.usage, "\(error)")
        }
    }

    private static var usualPath: String? {
        FileManager.default.fileExists(atPath: usualFile) ? usualFile : nil
    }

    /// Where tenants may have the service call: where their pages may go, and what the operator opens beside that.
    ///
    /// - Throws: `HostError` that names the setting and the value that is no `host:port`.
    func addresses(opening setting: Setting, _ configuration: Configuration) throws -> EgressAddressPolicy {
        EgressAddressPolicy(openings: try Self.openings(setting, configuration), own: own) { [policies] tenant in
            policies[tenant].network
        }
    }

    /// Where the service may call because the operator named the hosts, ports or not.
    func addresses(of setting: Setting, _ configuration: Configuration) throws -> EgressAddressPolicy {
        EgressAddressPolicy(openings: try Self.openings(setting, configuration), own: own)
    }

    /// The places a setting opens.
    ///
    /// - Throws: `HostError` that names the setting and the value that is none.
    static func openings(_ setting: Setting, _ configuration: Configuration) throws -> [Opening] {
        // An agent may be on any port of its host; what tenants may call there is opened port by port.
        let usual = setting == .agentEndpoints ? "*" : nil
        return try configuration.list(setting).map { text in
            let hasPort = text.last != "]" && text.contains(":")
            guard let opening = Opening(hasPort ? text : usual.map { "\(text):\($0)" } ?? text) else {
                let form = usual == nil ? "host:port" : "host or host:port"
                throw HostError(
                    .usage,
                    "\(setting.key): '\(text)' is no \(form); write desk.lan:8443 or [fd00::1]:8443"
                )
            }
            return opening
        }
    }

    /// Places of ours that are known from the start; listeners add theirs.
    private static func close(_ own: OwnEndpoints, _ configuration: Configuration) {
        if let url = configuration[.redisURL], let address = try? RedisAddress(url: url),
            case .tcp(let host, let port) = address.endpoint
        {
            own.add(host: host, port: Int(port))
        }
        if let place = HostAddress(configuration.text(.listen)), place.port > 0 { own.add(port: place.port) }
        for url in [configuration.text(.schedulerURL), configuration[.vaultURL]].compactMap(\.self) {
            guard let address = try? PageAddress(url), let host = address.host else { continue }
            own.add(host: host.description, port: address.port)
        }
    }
}
