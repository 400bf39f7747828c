import HTTPClient
import JSON

/// Gets tokens for the application (OAuth 2.0 client credentials grant) and keeps the one in use.
///
/// One request at a time, however many ask. Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
actor TokenProvider {
    private let settings: GraphSettings
    private let transport: any HTTPTransport
    private let environment: GraphEnvironment
    private var cache = TokenCache<TokenWaiter>()

    init(_ settings: GraphSettings, transport: any HTTPTransport, environment: GraphEnvironment) {
        self.settings = settings
        self.transport = transport
        self.environment = environment
    }

    /// A token that is good for some minutes.
    ///
    /// - Parameter refused: the token a service has just answered 401 to.
    /// - Throws: `GraphError`, or `CancellationError` as soon as the caller is cancelled.
    func token(refused: String? = nil) async throws -> AccessToken {
        let waiter = TokenWaiter()
        switch cache.request(now: environment.now(), refused: refused, waiter: waiter) {
        case .use(let token): return token
        case .wait: break
        case .fetch:
            // Not a child of the caller: others wait for the same token when the caller is cancelled. Bounded by the
            // request's own timeout.
            Task { await self.fetch() }
        }
        return try await waiter.token()
    }

    private func fetch() async {
        do {
            let token = try await request()
            for waiter in cache.succeed(token, now: environment.now()) { waiter.finish(.success(token)) }
        } catch {
            for waiter in cache.fail() { waiter.finish(.failure(error)) }
        }
    }

    private func request() async throws -> AccessToken {
        let start = environment.now()
        let response: HTTPClientResponse
        do {
            response = try await transport.execute(
                HTTPClientRequest(
                    method: "POST",
                    url: "\(settings.loginURL)/\(URLText.encode(settings.tenant))/oauth2/v2.0/token",
                    headers: [
                        ("Content-Type", "application/x-www-form-urlencoded"),
                        ("Accept", "application/json"),
                        ("client-request-id", environment.makeID()),
                    ],
                    body: .bytes(Array(form.utf8)),
                    sink: .memory(limit: 1 << 20),
                    timeout: .seconds(30),
                    certificateAuthorities: settings.certificateAuthorities
                )
            )
        } catch {
            throw GraphError(
                .unavailable,
                "No token from \(settings.loginURL): \(error). Check the login URL and the network."
            )
        }
        let json = try? JSONValue(parsing: response.body, options: .trustedPeer)
        guard response.status == 200 else {
            throw IdentityError.classify(
                status: response.status,
                body: json,
                retryAfter: response.retryAfter,
                settings: settings
            )
        }
        guard let value = json?["access_token"]?.string, let seconds = json?["expires_in"]?.lenientInt else {
            throw GraphError(
                .malformedAnswer,
                "\(settings.loginURL) answered 200 without a token: check that it is the login URL.",
                status: 200
            )
        }
        return AccessToken(value: value, expires: start + .seconds(seconds))
    }

    private var form: String {
        var fields = [
            ("client_id", settings.clientID), ("grant_type", "client_credentials"), ("scope", settings.scope),
        ]
        switch settings.credential {
        case .secret(let secret): fields.append(("client_secret", secret))
        }
        return fields.map { "\($0.0)=\(URLText.encode($0.1))" }.joined(separator: "&")
    }
}
