import Cryptography
import JSON

/// A JSON Web Token by which an application proves that it holds the key of its registered certificate.
///
/// Source: Microsoft identity platform, "Application authentication certificate credentials".
enum ClientAssertion {
    /// For ten minutes, as msal makes it.
    private static let life: Int64 = 600

    /// - Parameters:
    ///   - audience: the tenant's token endpoint.
    ///   - now: seconds since 1970.
    ///   - id: a new GUID, so that an assertion can be used once.
    static func make(
        _ certificate: borrowing ClientCertificate,
        client: String,
        audience: String,
        now: Int64,
        id: String
    ) throws -> String {
        let header: JSONObject = [
            "alg": "PS256", "typ": "JWT", "x5t#S256": .string(Base64.encodeURL(certificate.thumbprint.bytes)),
        ]
        let claims: JSONObject = [
            "aud": .string(audience), "iss": .string(client), "sub": .string(client), "jti": .string(id),
            "iat": .integer(now), "nbf": .integer(now), "exp": .integer(now + life),
        ]
        let signed = Base64.encodeURL(header.serialized()) + "." + Base64.encodeURL(claims.serialized())
        return signed + "." + Base64.encodeURL(try certificate.signPS256(Array(signed.utf8)))
    }
}
