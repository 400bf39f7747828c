import FoundationEssentials
import HTTPClient
import JobScheduler
import Security
import Telemetry

/// Puts together what checks tokens of an identity provider.
enum TokenSource {
    /// Most bytes of a key set.
    private static let sizeLimit = 256 << 10

    /// Nil when no tokens are taken.
    ///
    /// - Throws: `HostError` that names the setting.
    static func authority(
        _ configuration: Configuration,
        _ transport: CurlTransport,
        _ logger: Logger
    ) throws -> TokenAuthority? {
        guard let place = configuration[.jwks] else {
            if let setting = [Setting.jwtIssuer, .jwtAudience].first(where: { configuration[$0] != nil }) {
                throw HostError(
                    .usage,
                    "\(setting.key) is set, but no token is taken: jwks (CPA_JWKS) must say with which keys they are signed"
                )
            }
            return nil
        }
        guard let issuer = configuration[.jwtIssuer], let audience = configuration[.jwtAudience] else {
            throw HostError(
                .usage,
                "jwks is set: jwt_issuer and jwt_audience must say whose tokens are taken, and for what"
            )
        }
        var rules = TokenRules(issuer: issuer, audience: audience)
        rules.tenantClaim = configuration.text(.jwtTenantClaim)
        rules.roleClaim = configuration.text(.jwtRoleClaim)
        return TokenAuthority(
            rules: rules,
            source: try source(place, transport),
            now: SchedulerEnvironment.live.now,
            logger: logger
        )
    }

    private static func source(_ place: String, _ transport: CurlTransport) throws -> TokenAuthority.Source {
        if place.hasPrefix("https://") || isLoopback(place) {
            return .fetched {
                let request = HTTPClientRequest(
                    method: "GET",
                    url: place,
                    headers: [("Accept", "application/jwk-set+json, application/json")],
                    sink: .memory(limit: sizeLimit),
                    connectTimeout: .seconds(3),
                    timeout: .seconds(5)
                )
                let response = try await transport.execute(request)
                guard response.status == 200 else {
                    throw HostError(.unavailable, "\(place) answered \(response.status)")
                }
                return response.body
            }
        }
        guard !place.hasPrefix("http://") else {
            throw HostError(.usage, "jwks: '\(place)' must be https; who can change the keys on the way can be anybody")
        }
        guard let bytes = FileManager.default.contents(atPath: place) else {
            throw HostError(.usage, "jwks: cannot read the file '\(place)'")
        }
        do {
            return .fixed(try TokenKeySet(parsing: Array(bytes), takesSecrets: true))
        } catch let error as SecurityError { throw HostError(.usage, "jwks: '\(place)': \(error.message)") }
    }

    /// Nobody stands between two programs of one machine.
    private static func isLoopback(_ url: String) -> Bool {
        ["http://127.0.0.1:", "http://127.0.0.1/", "http://[::1]:", "http://localhost:"].contains { url.hasPrefix($0) }
    }
}
