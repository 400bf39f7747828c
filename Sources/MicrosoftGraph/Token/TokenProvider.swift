import HTTPClient
import JSON
import MailModel
import Telemetry

/// Gets tokens for the application (OAuth 2.0 client credentials grant) and keeps the one in use.
///
/// One request at a time, however many ask. Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
actor TokenProvider {
    /// A machine's own token service is asked again after these pauses, as its documentation wants it.
    private static let managedPauses: [Duration] = [.seconds(1), .seconds(3), .seconds(6)]

    private let settings: GraphSettings
    private let transport: any HTTPTransport
    private let environment: GraphEnvironment
    private var cache = TokenCache<TokenWaiter>()
    /// What a claims challenge asked for and no token has brought yet.
    private var challenge: JSONObject?

    init(_ settings: GraphSettings, transport: any HTTPTransport, environment: GraphEnvironment) {
        self.settings = settings
        self.transport = transport
        self.environment = environment
    }

    /// A token that is good for some minutes.
    ///
    /// - Parameters:
    ///   - refused: the token a service has just answered 401 to.
    ///   - challenge: what the service wants to see in the next one.
    /// - Throws: `MailError`, or `CancellationError` as soon as the caller is cancelled.
    func token(refused: String? = nil, challenge: JSONObject? = nil) async throws -> AccessToken {
        if let challenge { self.challenge = challenge }
        let waiter = TokenWaiter()
        switch cache.request(now: environment.now(), refused: refused, waiter: waiter) {
        case .use(let token): return token
        case .fail(let error): throw error
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
            challenge = nil
            for waiter in cache.succeed(token, now: environment.now()) { waiter.finish(.success(token)) }
        } catch {
            let (waiters, spare) = cache.fail(error as? MailError, now: environment.now())
            if spare != nil {
                environment.logger.warning(
                    "A token could not be renewed; the old one is used on",
                    ["cause": "\(error)"]
                )
            }
            for waiter in waiters { waiter.finish(spare.map { .success($0) } ?? .failure(error)) }
        }
    }

    private func request() async throws -> AccessToken {
        var pauses = Self.managedPauses[...]
        while true {
            let start = environment.now()
            let response = try await ask()
            if response.status == 200 { return try token(response, start) }
            if isManaged, let pause = pauses.popFirst(),
                [404, 410, 429].contains(response.status) || response.status >= 500
            {
                try await environment.sleep(pause)
                continue
            }
            throw IdentityError.classify(
                status: response.status,
                body: try? JSONValue(parsing: response.body, options: .trustedPeer),
                retryAfter: response.retryAfter,
                settings: settings
            )
        }
    }

    private func ask() async throws -> HTTPClientResponse {
        let request = try await TokenRequest(settings: settings, environment: environment).make(challenge: challenge)
        do {
            return try await transport.execute(request)
        } catch {
            throw MailError(.unavailable, "No token from \(place): \(error). \(remedy(error))")
        }
    }

    private var isManaged: Bool {
        if case .managedIdentity = settings.credential { true } else { false }
    }

    private func remedy(_ error: any Error) -> String {
        if isManaged { return "Check that this machine has an identity." }
        return (error as? HTTPClientError)?.remedy ?? "Check the login URL and the network."
    }

    private var place: String {
        if case .managedIdentity(let identity) = settings.credential { identity.endpoint } else { settings.loginURL }
    }

    private func token(_ response: HTTPClientResponse, _ start: ContinuousClock.Instant) throws -> AccessToken {
        guard let json = try? JSONValue(parsing: response.body, options: .trustedPeer),
            let value = json["access_token"]?.string, !value.isEmpty, let life = lifetime(json),
            value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            let wanted = isManaged ? "the machine's identity endpoint" : "the login URL"
            throw MailError(
                .malformedAnswer,
                "\(place) answered 200 without a token: check that it is \(wanted).",
                status: 200
            )
        }
        let refresh = json["refresh_in"]?.lenientInt.map { start + .seconds($0) }
        return AccessToken(value: value, expires: start + .seconds(life), refresh: refresh)
    }

    /// How many seconds a token is good for.
    ///
    /// App Service names only the second it ends at (`expires_on`). Source: "How to use managed identities for App Service",
    /// REST endpoint 2019-08-01.
    private func lifetime(_ json: JSONValue) -> Int? {
        if let life = json["expires_in"]?.lenientInt { return life }
        return json["expires_on"]?.lenientInt.map { max(0, $0) - Int(environment.unixTime()) }
    }
}
