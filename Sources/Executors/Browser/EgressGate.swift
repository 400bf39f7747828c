package import BrowserAutomation
package import EgressProxy
package import NetworkPolicy

/// Doors of browser contexts that are slots of the egress proxy.
package struct EgressGate: NetworkGate {
    private let proxy: EgressProxy
    private let policy: @Sendable (_ tenant: String) -> EgressPolicy

    /// - Parameter policy: where a tenant's pages may go; asked for each connection.
    package init(_ proxy: EgressProxy, policy: @escaping @Sendable (_ tenant: String) -> EgressPolicy) {
        self.proxy = proxy
        self.policy = policy
    }

    package func open() async throws -> any NetworkDoor {
        let slot = try await proxy.openSlot()
        return EgressDoor(slot: slot, port: await slot.port, policy: policy)
    }

    package func close(port: Int) { proxy.own.add(port: port) }
    package func release(port: Int) { proxy.own.remove(port: port) }
}

private struct EgressDoor: NetworkDoor {
    let slot: EgressSlot
    let port: Int
    let policy: @Sendable (String) -> EgressPolicy

    var server: String { "http://127.0.0.1:\(port)" }

    func give(to owner: NetworkOwner, proxy: ProxySettings?) async throws(BrowserError) {
        var upstream: UpstreamProxy?
        if let proxy {
            do throws(EgressDenial) {
                upstream = try UpstreamProxy(server: proxy.server, bypass: proxy.bypass)
            } catch {
                throw BrowserError(.policyDenied, error.description)
            }
        }
        await slot.bind(
            EgressBinding(
                tenant: owner.tenant,
                job: owner.job,
                policy: { [policy] in policy(owner.tenant) },
                upstream: upstream,
                denied: { owner.denied(NetworkProblem($0)) }
            )
        )
    }

    var mark: Int { slot.problems.count }

    func problems(since mark: Int) -> [NetworkProblem] {
        slot.problems.since(mark).map { problem in
            NetworkProblem(place: problem.place, rule: problem.denial?.rule.rawValue, message: problem.message)
        }
    }

    func close() async { await slot.close() }
}

extension NetworkProblem {
    fileprivate init(_ denial: EgressDenial) {
        self.init(place: denial.place, rule: denial.rule.rawValue, message: denial.description)
    }
}
