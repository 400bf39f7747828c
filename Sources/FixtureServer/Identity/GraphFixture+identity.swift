import Cryptography
import HTTPServer
import JSON

/// The identity platform's share of the requests: tokens, and the documents by which libraries find the endpoint.
extension GraphFixture {
    /// The answer when the request is for the identity platform, nil for any other.
    func respondAsIdentityPlatform(_ request: HTTPRequest, _ body: [UInt8]) -> HTTPResponse? {
        let segments = request.segments
        let rest = Array(segments.dropFirst())
        switch (request.method, rest) {
        case ("POST", ["oauth2", "v2.0", "token"]):
            return token(request, tenant: segments[0], body)
        case ("GET", ["v2.0", ".well-known", "openid-configuration"]):
            return configuration(request, tenant: segments[0])
        case ("GET", ["discovery", "instance"]):
            return instance(request)
        case ("GET", ["discovery", "v2.0", "keys"]):
            return keys()
        case ("GET", ["identity", "oauth2", "token"]) where segments[0] == "metadata":
            let isAllowed = request.headers["Metadata"]?.lowercased() == "true"
            return managedIdentity(request, isAppService: false, isAllowed: isAllowed)
        case ("GET", ["token"]) where segments[0] == "msi":
            let isAllowed = request.headers["X-IDENTITY-HEADER"] == "fixture"
            return managedIdentity(request, isAppService: true, isAllowed: isAllowed)
        default:
            return nil
        }
    }

    private static let headers: HTTPFields = [
        "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store, no-cache", "Pragma": "no-cache",
        "P3P": "CP=\"DSP CUR OTPi IND OTRi ONL FIN\"",
    ]

    private func token(_ request: HTTPRequest, tenant: String, _ body: [UInt8]) -> HTTPResponse {
        let time = now()
        let correlation = request.headers["client-request-id"] ?? Self.makeID()
        var headers = Self.headers
        headers.append("x-ms-request-id", Self.makeID())
        headers.append("client-request-id", correlation)
        do throws(IdentityFailure) {
            let json = try identity.token(
                tenant: tenant,
                endpoint: Self.origin(request) + request.path,
                form: PercentCoding.fields(String(decoding: body, as: UTF8.self)),
                authorization: request.headers["Authorization"],
                now: time
            )
            return HTTPResponse(status: 200, headers: headers, body: .bytes(json.serialized()))
        } catch {
            let json = error.json(now: time, trace: Self.makeID(), correlation: correlation)
            return HTTPResponse(status: error.status, headers: headers, body: .bytes(json.serialized()))
        }
    }

    private func managedIdentity(_ request: HTTPRequest, isAppService: Bool, isAllowed: Bool) -> HTTPResponse {
        let query = request.queryFields
        do throws(IdentityFailure) {
            guard isAllowed else {
                throw IdentityFailure(
                    status: 400,
                    error: "invalid_request",
                    code: 0,
                    text: "Required metadata header not specified"
                )
            }
            let json = try identity.managedIdentity(
                resource: query["resource"],
                client: query["client_id"],
                isAppService: isAppService,
                now: now()
            )
            return HTTPResponse(status: 200, headers: Self.headers, body: .bytes(json.serialized()))
        } catch {
            let json: JSONObject = ["error": .string(error.error), "error_description": .string(error.text)]
            return HTTPResponse(status: error.status, headers: Self.headers, body: .bytes(json.serialized()))
        }
    }

    // MARK: Documents

    private func configuration(_ request: HTTPRequest, tenant: String) -> HTTPResponse {
        guard identity.application.tenants.contains(tenant.lowercased()) || tenant == "common" else {
            let failure = IdentityFailure.tenantNotFound(tenant)
            let json = failure.json(now: now(), trace: Self.makeID(), correlation: Self.makeID())
            return HTTPResponse(status: 400, headers: Self.headers, body: .bytes(json.serialized()))
        }
        let origin = Self.origin(request)
        let base = "\(origin)/\(tenant)"
        let json: JSONObject = [
            "token_endpoint": .string("\(base)/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": [
                "client_secret_post", "private_key_jwt", "client_secret_basic",
            ],
            "jwks_uri": .string("\(base)/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": .string("\(base)/v2.0"),
            "authorization_endpoint": .string("\(base)/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": .string("\(base)/oauth2/v2.0/devicecode"),
            "end_session_endpoint": .string("\(base)/oauth2/v2.0/logout"),
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": .string(String(origin.drop { $0 != "/" }.dropFirst(2))),
        ]
        return .json(200, json.text())
    }

    /// Tells libraries that this host is an authority, and under which names.
    private func instance(_ request: HTTPRequest) -> HTTPResponse {
        let asked = request.queryFields["authorization_endpoint"] ?? ""
        let tenant = asked.split(separator: "/").dropFirst(2).first.map(String.init) ?? identity.application.tenant
        let host = request.headers["Host"] ?? "localhost"
        let json: JSONObject = [
            "tenant_discovery_endpoint": .string(
                "\(Self.origin(request))/\(tenant)/v2.0/.well-known/openid-configuration"
            ),
            "api-version": "1.1",
            "metadata": [
                [
                    "preferred_network": .string(host), "preferred_cache": .string(host),
                    "aliases": [.string(host)],
                ]
            ],
        ]
        return .json(200, json.text())
    }

    private func keys() -> HTTPResponse {
        guard let key = IdentityPlatform.key else { return HTTPResponse(status: 500) }
        let json: JSONObject = [
            "keys": [
                [
                    "kty": "RSA", "use": "sig", "alg": "RS256", "kid": .string(IdentityPlatform.keyID),
                    "n": .string(Base64.encodeURL(key.modulus)), "e": .string(Base64.encodeURL(key.exponent)),
                ]
            ]
        ]
        return .json(200, json.text())
    }
}
