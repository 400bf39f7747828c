package import JobModel

/// Where a worker finds the secrets that scenarios name; the scheduler never has them.
package protocol SecretSource: Sendable {
    /// The secret of that name, or nil when there is none.
    ///
    /// - Throws: `StepFailure` when the source itself cannot be read.
    func secret(_ name: String, tenant: TenantID) async throws -> String?

    /// Where a tenant's secrets are looked for, as `'cpa/acme' of Vault's engine 'secret'`; nil where that goes without saying.
    func place(for tenant: TenantID) -> String?
}

extension SecretSource {
    /// Nowhere worth a word.
    package func place(for tenant: TenantID) -> String? { nil }
}

/// Asks several sources in turn; the first that knows a secret gives it.
package struct SecretSources: SecretSource {
    private let sources: [any SecretSource]

    /// Sources, the most important first.
    package init(_ sources: [any SecretSource]) { self.sources = sources }

    /// The secret of the first source that has it.
    package func secret(_ name: String, tenant: TenantID) async throws -> String? {
        for source in sources {
            if let secret = try await source.secret(name, tenant: tenant) { return secret }
        }
        return nil
    }

    /// The places of all sources.
    package func place(for tenant: TenantID) -> String? {
        let places = sources.compactMap { $0.place(for: tenant) }
        return places.isEmpty ? nil : places.joined(separator: " or ")
    }
}
