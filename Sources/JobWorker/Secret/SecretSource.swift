package import JobModel

/// Where a worker finds the secrets that scenarios name; the scheduler never has them.
package protocol SecretSource: Sendable {
    /// The secret of that name, or nil when there is none.
    ///
    /// - Throws: `StepFailure` when the source itself cannot be read.
    func secret(_ name: String, tenant: TenantID) async throws -> String?
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
}
