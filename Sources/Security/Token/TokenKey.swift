import Cryptography
import JSON

/// A key that tokens are signed with; it has one algorithm, whatever a token says of itself.
package struct TokenKey: Sendable {
    /// The algorithms there are (RFC 7518).
    package enum Algorithm: String, Sendable, CaseIterable {
        case hs256 = "HS256"
        case rs256 = "RS256"
        case es256 = "ES256"
    }

    private enum Material: Sendable {
        case secret([UInt8])
        case publicKey(VerificationKey)
    }

    /// The `kid`, nil when it has none.
    package let id: String?
    package let algorithm: Algorithm
    private let material: Material

    /// Reads a JSON Web Key (RFC 7517); nil when it is for something else than these signatures.
    ///
    /// - Parameter takesSecrets: whether it may be a shared secret: never when it was fetched.
    /// - Throws: `SecurityError` with `keySet` when it is broken.
    init?(jwk: JSONObject, takesSecrets: Bool) throws {
        id = jwk["kid"]?.string
        guard jwk["use"]?.string ?? "sig" == "sig" else { return nil }
        if let operations = jwk["key_ops"]?.array, !operations.contains("verify") { return nil }
        do {
            switch (jwk["kty"]?.string, jwk["crv"]?.string) {
            case ("RSA"?, _):
                algorithm = .rs256
                material = .publicKey(
                    try VerificationKey(rsaModulus: Self.bytes("n", jwk), exponent: Self.bytes("e", jwk))
                )
            case ("EC"?, "P-256"?):
                algorithm = .es256
                material = .publicKey(try VerificationKey(p256X: Self.bytes("x", jwk), y: Self.bytes("y", jwk)))
            case ("oct"?, _) where takesSecrets:
                algorithm = .hs256
                let secret = try Self.bytes("k", jwk)
                // RFC 7518 §3.2: at least as long as the hash.
                guard secret.count >= 32 else {
                    throw SecurityError(code: .keySet, message: "A secret of HS256 has at least 32 bytes")
                }
                material = .secret(secret)
            default: return nil
            }
        } catch let error as CryptographyError {
            throw SecurityError(code: .keySet, message: "The key '\(id ?? "without kid")' is broken: \(error.message)")
        }
        if let named = jwk["alg"]?.string, named != algorithm.rawValue { return nil }
    }

    /// Whether the signature is this key's of the text.
    func verify(_ signature: [UInt8], of text: String) -> Bool {
        let message = Array(text.utf8)
        return switch material {
        case .secret(let secret): ConstantTime.equal(HMAC.sha256(message, key: secret).bytes, signature)
        case .publicKey(let key): key.verify(signature, of: message)
        }
    }

    private static func bytes(_ name: String, _ jwk: JSONObject) throws -> [UInt8] {
        guard let text = jwk[name]?.string else {
            throw SecurityError(
                code: .keySet,
                message: "The key '\(jwk["kid"]?.string ?? "without kid")' has no '\(name)'"
            )
        }
        return try Base64.decodeURL(text)
    }
}
