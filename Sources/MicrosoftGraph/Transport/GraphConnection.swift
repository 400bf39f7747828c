import HTTPClient
import JSON
import Telemetry

/// Carries requests to Graph: token, ids, the limit a mailbox, and every wait the service asks for.
///
/// Safe from anywhere; holds no connection of its own.
struct GraphConnection: Sendable {
    private static let repeats = 4
    private static let longestRequest = Duration.seconds(60)

    let settings: GraphSettings
    let environment: GraphEnvironment
    private let transport: any HTTPTransport
    private let tokens: TokenProvider
    private let limiter: MailboxLimiter

    init(_ settings: GraphSettings, transport: any HTTPTransport, environment: GraphEnvironment) {
        self.settings = settings
        self.transport = transport
        self.environment = environment
        tokens = TokenProvider(settings, transport: transport, environment: environment)
        limiter = MailboxLimiter(limit: settings.concurrentRequests)
    }

    /// Gets a token, for a check of the settings.
    func authenticate() async throws { _ = try await tokens.token() }

    /// Sends a request until there is an answer that is neither throttling nor a passing fault.
    ///
    /// A 429 is waited for as the service asks (nothing was done); a 401 costs one new token; what may be repeated is
    /// repeated after a 5xx or a lost answer.
    /// - Throws: `GraphError`: `unknownOutcome` when a request that may not be repeated has no clear answer, `throttled` or
    ///   `unavailable` when waiting would pass the deadline.
    func perform(
        _ request: GraphRequest,
        mailbox: String,
        deadline: ContinuousClock.Instant,
        operation: String
    ) async throws -> HTTPClientResponse {
        var refused: String?
        var attempt = 0
        while true {
            attempt += 1
            let token = try await tokens.token(refused: refused)
            let response: HTTPClientResponse
            do {
                response = try await limiter.withSlot(for: mailbox) {
                    try await transport.execute(try http(request, token: token, deadline: deadline))
                }
            } catch let error as CancellationError {
                throw error
            } catch let error as GraphError {
                throw error
            } catch {
                let mayHaveActed = !request.mayRepeat && (error as? HTTPClientError)?.mayHaveBeenSent ?? true
                let failure = lost(mayHaveActed ? .unknownOutcome : .unavailable, operation, "\(error)")
                guard !mayHaveActed, attempt < Self.repeats else { throw failure }
                try await wait(Self.pause(attempt), deadline, failure)
                continue
            }
            switch response.status {
            case 401 where refused == nil:
                refused = token.value
            case 429:
                try await wait(
                    response.retryAfter ?? Self.pause(attempt),
                    deadline,
                    GraphError(response, during: operation)
                )
            case 500..., 408:
                guard request.mayRepeat else { throw unclear(response, operation) }
                let failure = GraphError(response, during: operation)
                guard attempt < Self.repeats else { throw failure }
                try await wait(response.retryAfter ?? Self.pause(attempt), deadline, failure)
            default:
                return response
            }
        }
    }

    /// Sends a piece of a large attachment, with no token: the URL is its own permission.
    func upload(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        guard settings.allowsUpload(to: request.url) else {
            throw GraphError(
                .policy,
                "The service wants large attachments at \(GraphSettings.host(of: request.url)), which is not among the upload "
                    + "hosts: add its suffix to the setting if it is Microsoft's."
            )
        }
        var request = request
        request.certificateAuthorities = settings.certificateAuthorities
        return try await transport.execute(request)
    }

    /// Waits, unless that would pass the deadline.
    func wait(_ pause: Duration, _ deadline: ContinuousClock.Instant, _ failure: GraphError) async throws {
        guard environment.now() + pause < deadline else {
            var failure = failure
            failure.message += " Waiting \(pause) more would pass the time limit of the step."
            throw failure
        }
        environment.logger.debug(
            "Waiting before the next request to Graph",
            ["pause": "\(pause)", "cause": failure.description]
        )
        try await environment.sleep(pause)
    }

    private func http(
        _ request: GraphRequest,
        token: AccessToken,
        deadline: ContinuousClock.Instant
    ) throws -> HTTPClientRequest {
        let left = deadline - environment.now()
        guard left > .zero else {
            throw GraphError(.unavailable, "The time limit of the step is over before \(request.method) was sent.")
        }
        var headers: [(name: String, value: String)] = [
            ("Authorization", "Bearer \(token.value)"),
            ("Accept", "application/json"),
            ("client-request-id", environment.makeID()),
            ("Prefer", "IdType=\"ImmutableId\""),
            ("User-Agent", "cpa"),
        ]
        if request.prefersText { headers.append(("Prefer", "outlook.body-content-type=\"text\"")) }
        if let type = request.contentType { headers.append(("Content-Type", type)) }
        return HTTPClientRequest(
            method: request.method,
            url: settings.graphURL + request.path,
            headers: headers,
            body: request.body,
            sink: request.sink,
            timeout: min(left, Self.longestRequest),
            certificateAuthorities: settings.certificateAuthorities
        )
    }

    private func lost(_ code: GraphError.Code, _ operation: String, _ reason: String) -> GraphError {
        GraphError(
            code,
            "Cannot \(operation): no answer from \(settings.graphURL) (\(reason)). Check the Graph URL and the network."
        )
    }

    private func unclear(_ response: HTTPClientResponse, _ operation: String) -> GraphError {
        var failure = GraphError(response, during: operation)
        failure.code = .unknownOutcome
        return failure
    }

    /// 0.5, 1, 2, 4 … 32 seconds.
    private static func pause(_ attempt: Int) -> Duration { .milliseconds(500 << min(attempt - 1, 6)) }
}
