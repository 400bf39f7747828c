package import JobModel

/// Public addresses, and what the operator names by `host:port`.
package struct PublicAddressPolicy: AddressPolicy {
    private let allowed: Set<String>

    /// - Parameter allowed: `host:port` of the intranet, as tenants name them; IPv6 in brackets.
    package init(allowed: some Sequence<String> = []) { self.allowed = Set(allowed.map { $0.lowercased() }) }

    package func refusal(host: String, port: Int, address: String, tenant: TenantID) -> String? {
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        if allowed.contains("\(name.lowercased()):\(port)") { return nil }
        guard let parsed = IPAddress(address), parsed.isPublic else {
            return "\(host):\(port) leads to \(address), which is no public address; the operator can allow it"
        }
        return nil
    }
}
