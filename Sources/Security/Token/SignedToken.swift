import Cryptography
import JSON
import JobModel

/// A JSON Web Token in compact form (RFC 7519, RFC 8725): taken apart, believed nothing yet.
struct SignedToken {
    private let header: JSONObject
    private let claims: JSONObject
    private let signature: [UInt8]
    private let signedText: String

    /// Nil for what has not the strict form: three parts of canonical base64url, two of them JSON without double members.
    init?(_ text: String) {
        guard text.utf8.count <= TokenRules.sizeLimit else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = try? Base64.decodeURL(parts[2])
        else { return nil }
        self.header = header
        self.claims = claims
        self.signature = signature
        signedText = parts[0] + "." + parts[1]
    }

    private static func object(_ part: String) -> JSONObject? {
        guard let bytes = try? Base64.decodeURL(part) else { return nil }
        return (try? JSONValue(parsing: bytes))?.object
    }

    /// Name of the key, nil when it gives none.
    var keyID: String? { header["kid"]?.string }

    /// Whether the header asks for nothing we do not do; what it says of keys (`jku`, `jwk`, `x5u`, …) is not looked at.
    private var isPlain: Bool {
        let type = header["typ"]
        let isKnown = type == nil || ["jwt", "at+jwt"].contains(type?.string?.lowercased() ?? "")
        let hasNoOptions = ["crit", "b64", "zip", "enc", "cty"].allSatisfy { header[$0] == nil }
        return isKnown && hasNoOptions && (header["kid"] == nil || keyID != nil)
    }

    /// Who the token speaks for, when it was signed with this key, is ours and holds at `time` (milliseconds since 1970).
    func principal(key: TokenKey, rules: TokenRules, at time: Int64) throws(TokenRefusal) -> Principal {
        // The key says which algorithm it is, never the token.
        guard isPlain, header["alg"] == .string(key.algorithm.rawValue), key.verify(signature, of: signedText) else {
            throw .signature
        }
        guard claims["iss"] == .string(rules.issuer) else { throw .issuer }
        let audience = claims["aud"].map { $0.array ?? [$0] } ?? []
        guard audience.contains(.string(rules.audience)) else { throw .audience }
        guard isValid(at: time / 1000, leeway: rules.leeway) else { throw .time }
        guard let subject = Self.name(claims["sub"]) else { throw .subject }
        guard let tenant = claims[rules.tenantClaim]?.string.flatMap(TenantID.init(checking:)) else { throw .tenant }
        guard let role = claims[rules.roleClaim]?.string.flatMap(Role.init(rawValue:)) else { throw .role }
        var scopes: Set<Scope>?
        if let scope = claims["scope"] {
            guard let words = scope.string else { throw .scope }
            scopes = Set(words.split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        }
        return Principal(id: "token/\(subject)", tenant: tenant, role: role, scopes: scopes)
    }

    private func isValid(at seconds: Int64, leeway: Int64) -> Bool {
        // Whole numbers only: what a text, 1e400 or a fraction means must not be a matter of taste.
        guard case .integer(let end)? = claims["exp"], end > 0, end > seconds - leeway else { return false }
        for name in ["nbf", "iat"] {
            guard let value = claims[name] else { continue }
            guard case .integer(let start) = value, start >= 0, start <= seconds + leeway else { return false }
        }
        return true
    }

    /// A name that can stand in a log and in the audit.
    private static func name(_ value: JSONValue?) -> String? {
        guard let text = value?.string, (1...200).contains(text.utf8.count),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { return nil }
        return text
    }
}
