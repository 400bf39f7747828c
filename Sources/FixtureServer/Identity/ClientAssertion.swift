import Cryptography
import JSON

/// A JWT by which an application proves that it is itself (RFC 7523), signed by its certificate or by another issuer.
struct ClientAssertion: Sendable {
    private static let lifetimeLimit = 86_400.0
    private static let clockSkew = 300.0

    private let header: JSONValue
    private let claims: JSONValue
    private let signed: [UInt8]
    private let signature: [UInt8]

    init(_ text: String) throws(IdentityFailure) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            let signature = Self.bytes(parts[2])
        else { throw .assertion(50027, "JWT token is invalid or malformed.") }
        self.header = header
        self.claims = claims
        self.signature = signature
        signed = Array("\(parts[0]).\(parts[1])".utf8)
    }

    /// Base64 for URLs, with or without padding: the official library pads thumbprints.
    private static func bytes(_ text: String) -> [UInt8]? {
        let plain = text.filter { $0 != "=" }.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        let padded = String(plain) + String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return try? Base64.decode(padded)
    }

    private static func json(_ text: String) -> JSONValue? { bytes(text).flatMap { try? JSONValue(parsing: $0) } }

    /// - Returns: what kind of proof it is.
    func check(
        _ application: FixtureApplication,
        tenant: String,
        endpoint: String,
        now: Int64
    ) throws(IdentityFailure) -> String {
        try checkTime(Double(now) / 1000)
        if claims["iss"]?.string?.lowercased() == application.clientID {
            try checkCertificate(application, tenant: tenant, endpoint: endpoint, now: now)
            return "certificate"
        }
        try checkFederated(application)
        return "federated"
    }

    /// Times may have fractions: the official library writes them.
    private func checkTime(_ now: Double) throws(IdentityFailure) {
        guard let end = claims["exp"]?.double, end > now - Self.clockSkew, end < now + Self.lifetimeLimit,
            (claims["nbf"]?.double ?? now) <= now + Self.clockSkew
        else {
            throw .assertion(
                700024,
                "Client assertion is not within its valid time range. Current time: \(now), expiry time of assertion: "
                    + "\(claims["exp"]?.double ?? 0)."
            )
        }
    }

    private func checkCertificate(
        _ application: FixtureApplication,
        tenant: String,
        endpoint: String,
        now: Int64
    ) throws(IdentityFailure) {
        guard claims["sub"]?.string?.lowercased() == application.clientID else {
            throw .assertion(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
        }
        let audience = claims["aud"]?.string ?? ""
        guard audience == endpoint || audience.hasSuffix("/\(tenant)/v2.0") else {
            throw .assertion(700023, "Client assertion audience claim '\(audience)' does not match Realm issuer.")
        }
        guard let certificate = registered(application) else {
            throw .assertion(
                700027,
                "The certificate with identifier used to sign the client assertion is not registered on application."
            )
        }
        guard certificate.notAfter > now / 1000 else {
            throw .assertion(
                700027,
                "The certificate with identifier used to sign the client assertion is expired on application. "
                    + "[Reason - The key used is expired.]"
            )
        }
        guard verifies(certificate) else {
            throw .assertion(700027, "Client assertion failed signature validation.")
        }
    }

    /// The registered certificate that the header names by its thumbprint.
    private func registered(_ application: FixtureApplication) -> X509Certificate? {
        let sha256 = header["x5t#S256"]?.string.flatMap(Self.bytes)
        let sha1 = header["x5t"]?.string.flatMap(Self.bytes)
        return application.certificates.compactMap { try? X509Certificate(pem: Array($0.utf8)) }.first { certificate in
            if let sha256 { return SHA256.digest(of: certificate.bytes).bytes == sha256 }
            return sha1 != nil && SHA1.digest(of: certificate.bytes).bytes == sha1
        }
    }

    private func verifies(_ certificate: X509Certificate) -> Bool {
        guard let algorithm = header["alg"]?.string.flatMap(X509Certificate.Algorithm.init) else { return false }
        return certificate.verifies(signature, of: signed, algorithm)
    }

    private func checkFederated(_ application: FixtureApplication) throws(IdentityFailure) {
        guard let issuer = application.federatedIssuer, claims["iss"]?.string == issuer.issuer else {
            throw .assertion(
                700211,
                "No matching federated identity record found for presented assertion issuer "
                    + "'\(claims["iss"]?.string ?? "")'."
            )
        }
        guard claims["aud"]?.string == "api://AzureADTokenExchange" else {
            throw .assertion(700212, "No matching federated identity record found for presented assertion audience.")
        }
        guard claims["sub"]?.string == issuer.subject else {
            throw .assertion(700213, "No matching federated identity record found for presented assertion subject.")
        }
        guard let certificate = try? X509Certificate(pem: Array(issuer.certificate.utf8)), verifies(certificate) else {
            throw .assertion(50013, "Assertion failed signature validation.")
        }
    }
}
