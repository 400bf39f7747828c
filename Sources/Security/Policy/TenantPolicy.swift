package import DomainNames
package import NetworkPolicy

/// What the jobs of one tenant may do. Pure; what nobody has said is as these defaults.
package struct TenantPolicy: Sendable, Hashable {
    /// Mail that may be sent.
    package struct Mail: Sendable, Hashable {
        /// Domains mail may go to, with their subdomains when written `*.domain`; nil: any.
        package var domains: [DomainPattern]?
        /// Recipients of one mail, copies among them.
        package var maximumRecipients = 100

        package init() {}
    }

    /// Files that may be moved.
    package struct Files: Sendable, Hashable {
        /// Bytes of one file; nil: as the worker is set up.
        package var maximumBytes: Int?
        /// Files of one step.
        package var maximumFiles: Int?

        package init() {}
    }

    /// How often requests may come; nil: as the server is set up.
    package struct Requests: Sendable, Hashable {
        /// Of each key or token.
        package var perKey: RateLimit?
        /// Of all keys and tokens of the tenant together; nil: as often as they like.
        package var perTenant: RateLimit?
        /// From each address, whoever calls: counted before anybody is known, so it is the same for all tenants.
        package var perAddress: RateLimit?

        package init() {}
    }

    /// Actions that are denied.
    package var deniedActions: Set<String> = []
    /// The only actions there are; nil: all.
    package var allowedActions: Set<String>?
    /// Whether scenarios may run JavaScript of their own in pages; nil: as the worker is set up.
    package var scripts: Bool?
    /// Programs `open_app` may start; nil: any.
    package var apps: Set<String>?
    /// Where pages may go.
    package var network: EgressPolicy
    package var requests = Requests()
    package var mail = Mail()
    /// What `upload` gives to pages.
    package var upload = Files()
    /// What `download` takes from them.
    package var download = Files()
    package var personalData = PersonalDataPolicy()

    /// - Parameter network: where pages may go unless the file says.
    package init(network: EgressPolicy = EgressPolicy()) { self.network = network }
}
