package import JobModel
package import NetworkPolicy

/// The rules of pages for what the service itself calls: where a tenant's pages may not go, its calls may not either.
package struct EgressAddressPolicy: AddressPolicy {
    private let policy: @Sendable (TenantID) -> EgressPolicy
    private let openings: [Opening]
    private let own: OwnEndpoints

    /// - Parameters:
    ///   - openings: what the operator opens for calls alone.
    ///   - own: places no call may reach.
    ///   - policy: where a tenant's pages may go; asked for each connection.
    package init(
        openings: [Opening] = [],
        own: OwnEndpoints = OwnEndpoints(),
        policy: @escaping @Sendable (TenantID) -> EgressPolicy = { _ in EgressPolicy() }
    ) {
        self.policy = policy
        self.openings = openings
        self.own = own
    }

    package func refusal(host: String, port: Int, tenant: TenantID) -> String? {
        guard let name = HostName(host) else { return "\(host.prefix(80)) is no host" }
        // A numeric host is all there is to know; what a name means may change until it is called.
        if case .address(let address) = name.kind {
            return refusal(of: name, port, address, tenant)
        }
        do throws(EgressDenial) {
            try policy(tenant).check(name, port: port)
        } catch {
            return error.description
        }
        guard !name.isLocalName else { return refusal(of: name, port, .constant("127.0.0.1"), tenant) }
        return nil
    }

    package func refusal(host: String, port: Int, address: String, tenant: TenantID) -> String? {
        guard let name = HostName(host), let address = IPAddress(address) else {
            return "\(host.prefix(80)) leads to no address"
        }
        return refusal(of: name, port, address, tenant)
    }

    private func refusal(of name: HostName, _ port: Int, _ address: IPAddress, _ tenant: TenantID) -> String? {
        var policy = policy(tenant)
        policy.openings += openings
        do throws(EgressDenial) {
            try policy.check(name, port: port)
            guard !own.contains(name, port) else {
                throw EgressDenial(.ownPort, "\(name.bracketed):\(port)", "is a port of cpa itself; nothing opens it")
            }
            try policy.check(name, port: port, [address], isOwn: own.contains)
            return nil
        } catch {
            return error.description
        }
    }
}
