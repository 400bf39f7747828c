/// How an application proves that it is itself.
package enum GraphCredential: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A client secret: its value, not its id.
    case secret(String)
    /// A certificate with its key, in PEM or PKCS #12; the file is read for each token, so that it can be replaced.
    case certificate(path: String, password: String?)
    /// A file with a token of another issuer (workload identity federation); read for each token, because it is short-lived.
    case assertionFile(path: String)
    /// The identity of the machine this runs on.
    case managedIdentity(ManagedIdentity)

    /// Never the secret.
    package var description: String {
        switch self {
        case .secret: "client secret"
        case .certificate(let path, _): "certificate \(path)"
        case .assertionFile(let path): "federated assertion \(path)"
        case .managedIdentity: "managed identity"
        }
    }
    /// Never the secret.
    package var debugDescription: String { description }
    /// Nothing, so that `dump` shows no secret either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where a machine's own identity is asked for.
package struct ManagedIdentity: Sendable, Hashable {
    /// The instance metadata service of virtual machines.
    package static let virtualMachine = "http://169.254.169.254/metadata/identity/oauth2/token"

    /// URL of the token service.
    package var endpoint: String
    /// The value for `X-IDENTITY-HEADER`, which App Service and Container Apps want; nil on virtual machines.
    package var header: String?

    /// That of a virtual machine unless said otherwise.
    package init(endpoint: String = virtualMachine, header: String? = nil) {
        self.endpoint = endpoint
        self.header = header
    }
}
