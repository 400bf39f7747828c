package import JobModel

/// Which addresses the service may call because a tenant named them.
package protocol AddressPolicy: Sendable {
    /// What is against a host before it is looked up; nil when nothing is.
    func refusal(host: String, port: Int, tenant: TenantID) -> String?

    /// Why no connection to `address` must be made; nil when it may. Asked of each address that is connected to, so a name
    /// cannot mean one thing when it is checked and another when it is used.
    ///
    /// - Parameters:
    ///   - host: as the tenant named it.
    ///   - address: numeric, what `host` was resolved to.
    func refusal(host: String, port: Int, address: String, tenant: TenantID) -> String?
}
