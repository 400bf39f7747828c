import Executors
package import JSON
package import JobModel

/// The secrets one job names, read before it starts: so that a missing one stops nothing half-way, and all can be redacted.
package struct JobSecrets: Sendable {
    /// By the names templates use; a one-time password's key is `totp_<name>`.
    package private(set) var values: [String: String] = [:]
    /// Where they were looked for, for whoever misses one; nil where that goes without saying.
    package let place: String?

    /// Reads what the templates of a scenario name.
    ///
    /// What is missing stays missing here: the task that needs it fails and says so, unless it has a default.
    package init(of scenario: JSONObject, tenant: TenantID, from source: any SecretSource) async throws {
        place = source.place(for: tenant)
        for name in Self.names(in: scenario).sorted() {
            values[name] = try await source.secret(name, tenant: tenant)
        }
    }

    private static func names(in scenario: JSONObject) -> Set<String> {
        let templated: [JSONValue] = ["tasks", "outputs", "browser"].compactMap { scenario[$0] }
        guard let found = try? Template.expressions(in: .array(templated)) else { return [] }
        return found.reduce(into: []) { names, site in
            guard let name = site.expression.name else { return }
            switch site.expression.root {
            case .secrets: names.insert(name)
            case .totp: names.insert("totp_\(name)")
            default: break
            }
        }
    }
}
