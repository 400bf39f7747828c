package import JobModel

/// Secrets in environment variables: `portal_password` is `CPA_SECRET_PORTAL_PASSWORD`.
///
/// A tenant's own variable goes before: `CPA_SECRET_ACME__PORTAL_PASSWORD` for the tenant `acme`, `CPA_SECRET_ACME_EAST__…` for
/// `acme-east`. What could name the variable of another tenant finds nothing: names that begin with `_` or have `__` in
/// them, and tenants whose names are more than small letters, digits and single hyphens, like `acme_east`, where there is
/// such a variable.
package struct EnvironmentSecrets: SecretSource {
    private let environment: [String: String]

    /// - Parameter environment: the variables of the process.
    package init(_ environment: [String: String]) { self.environment = environment }

    /// The variable's value; an empty one counts as absent.
    package func secret(_ name: String, tenant: TenantID) -> String? {
        let name = Self.variable(name)
        guard !name.hasPrefix("_"), !name.contains("__") else { return nil }
        let own = environment["CPA_SECRET_" + Self.variable(tenant.rawValue) + "__" + name]
        guard own == nil || Self.hasVariables(tenant) else { return nil }
        let value = own ?? environment["CPA_SECRET_" + name]
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether no other tenant's variables are called the same.
    private static func hasVariables(_ tenant: TenantID) -> Bool {
        let words = tenant.rawValue.split(separator: "-", omittingEmptySubsequences: false)
        return words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
    }

    private static func variable(_ name: String) -> String {
        String(
            name.uppercased().unicodeScalars.map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                    ? Character(scalar) : "_"
            }
        )
    }
}
