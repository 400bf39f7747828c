import HTTPClient
import JSON
import MailModel
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
    private let gates = MailboxGates()

    init(_ settings: GraphSettings, transport: any HTTPTransport, environment: GraphEnvironment) {
        self.settings = settings
        self.transport = transport
        self.environment = environment
        tokens = TokenProvider(settings, transport: transport, environment: environment)
        limiter = MailboxLimiter(limit: settings.concurrentRequests)
    }

    /// Gets a token, for a check of the settings.
    func authenticate() async throws -> TokenReport {
        var report = TokenReport(try await tokens.token(), now: environment.now())
        report.certificateLife = try await TokenRequest(settings: settings, environment: environment).certificateLife()
        return report
    }

    /// Sends a request until there is an answer that is neither throttling nor a passing fault.
    ///
    /// A 429 is waited for as the service asks (nothing was done); a 401 costs one new token, and one more when the second
    /// comes with a claims challenge; what may be repeated is repeated after a 5xx or a lost answer.
    /// - Throws: `MailError`: `unknownOutcome` when a request that may not be repeated has no clear answer, `throttled` or
    ///   `unavailable` when waiting would pass the deadline.
    func perform(
        _ request: GraphRequest,
        mailbox: String,
        deadline: ContinuousClock.Instant,
        operation: String
    ) async throws -> HTTPClientResponse {
        var refused: (token: String, challenge: JSONObject?, times: Int)?
        var attempt = 0
        while true {
            attempt += 1
            let token = try await tokens.token(refused: refused?.token, challenge: refused?.challenge)
            let response: HTTPClientResponse
            do {
                response = try await ask(mailbox, bytes: request.bodyBytes, deadline, operation) {
                    try http(request, token: token, deadline: deadline)
                }
            } catch let error as CancellationError {
                throw error
            } catch let error as MailError {
                throw error
            } catch let error as HTTPClientError where error.code == .tooLarge {
                throw MailError(.malformedAnswer, "Cannot \(operation): \(error).", isTooLarge: true)
            } catch {
                let mayHaveActed = !request.mayRepeat && (error as? HTTPClientError)?.mayHaveBeenSent ?? true
                let failure = lost(mayHaveActed ? .unknownOutcome : .unavailable, operation, error)
                guard !mayHaveActed, attempt < Self.repeats else { throw failure }
                try await wait(Self.pause(attempt), deadline, failure)
                continue
            }
            switch response.status {
            case 401:
                let challenge = AuthenticationChallenge.claims(in: response)
                let times = (refused?.times ?? 0) + 1
                guard times == 1 || times == 2 && challenge != nil else { return response }
                refused = (token.value, challenge, times)
            case 429:
                // The gate remembers a wish of the service for the whole mailbox.
                try await wait(
                    Self.pause(attempt, asked: response.retryAfter),
                    deadline,
                    MailError(response, during: operation)
                )
            case 500..., 408:
                guard request.mayRepeat else { throw unclear(response, operation) }
                let failure = MailError(response, during: operation)
                guard attempt < Self.repeats else { throw failure }
                try await wait(Self.pause(attempt, asked: response.retryAfter), deadline, failure)
            default:
                return response
            }
        }
    }

    /// Sends a piece of a large attachment, or asks how far one has come, with no token: the URL is its own permission.
    func upload(
        _ request: HTTPClientRequest,
        bytes: Int,
        mailbox: String,
        deadline: ContinuousClock.Instant,
        operation: String
    ) async throws -> HTTPClientResponse {
        guard settings.allowsUpload(to: request.url) else {
            throw MailError(
                .policy,
                "The service wants large attachments at \(GraphSettings.host(of: request.url)), which is not among the upload "
                    + "hosts: add its suffix to the setting if it is Microsoft's."
            )
        }
        var request = request
        request.certificateAuthorities = settings.certificateAuthorities
        let ready = request
        return try await ask(mailbox, bytes: bytes, deadline, operation) { ready }
    }

    /// Lets one request go when the mailbox may be asked, and keeps in mind how it went.
    private func ask(
        _ mailbox: String,
        bytes: Int,
        _ deadline: ContinuousClock.Instant,
        _ operation: String,
        _ request: () throws -> HTTPClientRequest
    ) async throws -> HTTPClientResponse {
        try await admit(mailbox, bytes: bytes, deadline, operation)
        let response: HTTPClientResponse
        do {
            response = try await limiter.withSlot(for: mailbox) { try await transport.execute(try request()) }
        } catch {
            let now = environment.now()
            gates.with(mailbox, now: now) { gate in
                if error is HTTPClientError { gate.fail(now: now) } else { gate.abandon(now: now) }
            }
            throw error
        }
        let now = environment.now()
        let wish = response.retryAfter
        gates.with(mailbox, now: now) { gate in
            if response.status >= 500 { gate.fail(now: now) } else { gate.succeed() }
            // Beside a 202 it is advice for the next mail, and nothing says that the mailbox is at its limit.
            if let wish, response.status == 429 || response.status == 503 { gate.rest(until: now + wish) }
        }
        return response
    }

    private func admit(
        _ mailbox: String,
        bytes: Int,
        _ deadline: ContinuousClock.Instant,
        _ operation: String
    ) async throws {
        while true {
            let now = environment.now()
            guard
                case .wait(let pause, let reason) = gates.with(mailbox, now: now, { $0.admit(bytes: bytes, now: now) })
            else { return }
            let failure = MailError(
                reason == .broken ? .unavailable : .throttled,
                "Cannot \(operation): \(reason.rawValue); nothing was asked.",
                retryAfter: pause
            )
            try await wait(pause, deadline, failure)
        }
    }

    /// Waits, unless that would pass the deadline.
    func wait(_ pause: Duration, _ deadline: ContinuousClock.Instant, _ failure: MailError) async throws {
        guard environment.now() + pause < deadline else {
            var failure = failure
            failure.message += " Waiting \(pause.words) more would pass the time limit of the step."
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
            throw MailError(.unavailable, "The time limit of the step is over before \(request.method) was sent.")
        }
        var headers: [(name: String, value: String)] = [
            ("Authorization", "Bearer \(token.value)"),
            ("Accept", "application/json"),
            ("client-request-id", environment.makeID()),
            ("Prefer", "IdType=\"ImmutableId\""),
            ("User-Agent", "cpa"),
        ]
        if request.prefersText { headers.append(("Prefer", "outlook.body-content-type=\"text\"")) }
        if let size = request.pageSize { headers.append(("Prefer", "odata.maxpagesize=\(size)")) }
        if let type = request.contentType { headers.append(("Content-Type", type)) }
        return HTTPClientRequest(
            method: request.method,
            url: settings.graphURL + request.path,
            headers: headers,
            body: request.body,
            sink: request.sink,
            timeout: min(left, Self.longestRequest),
            certificateAuthorities: settings.certificateAuthorities,
            acceptsGzip: true
        )
    }

    private func lost(_ code: MailError.Code, _ operation: String, _ cause: any Error) -> MailError {
        let remedy = (cause as? HTTPClientError)?.remedy ?? "Check the Graph URL and the network."
        return MailError(
            code,
            "Cannot \(operation): no answer from \(settings.graphURL) (\(cause)). \(remedy)"
        )
    }

    private func unclear(_ response: HTTPClientResponse, _ operation: String) -> MailError {
        var failure = MailError(response, during: operation)
        failure.code = .unknownOutcome
        return failure
    }

    /// What the service asks for, else 0.5, 1, 2, 4 … 32 seconds; a date gone by asks for nothing.
    private static func pause(_ attempt: Int, asked: Duration? = nil) -> Duration {
        if let asked, asked > .zero { return asked }
        return .milliseconds(500 << min(attempt - 1, 6))
    }
}
