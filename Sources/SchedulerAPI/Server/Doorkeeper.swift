import EventLoops
import HTTPServer
import JobModel
import Security
import Telemetry

/// Who may come in: knows callers by key, token or ticket, and how often each and each address may come.
struct Doorkeeper: Sendable {
    /// Who came in, and with what.
    struct Admission: Sendable {
        /// Nil on open routes without anything valid.
        var caller: Principal?
        /// The key or token, to be looked at again while a connection lives.
        var credential: String?
        /// Whether it was a ticket: only pages need one.
        var isByTicket = false
        /// What is left of the caller's limit.
        var rate: RateDecision?
    }

    private let authority: APIKeyAuthority
    private let tokens: TokenAuthority?
    private let tickets: TicketDesk
    private let policies: PolicySource
    private let settings: APISettings
    private let addresses = RateLimiter()
    private let callers = RateLimiter()
    private let tenants = RateLimiter()
    private let failures = RateLimiter()
    private let lines = RateLimiter()
    private let logger: Logger
    /// Lines of the log about callers of one address that were refused: who guesses keys must not fill the disk.
    private static let lineLimit = RateLimit(count: 10, period: .seconds(60))

    /// - Parameters:
    ///   - policies: say how often requests may come.
    ///   - settings: say it where the policies do not, and how often a wrong key.
    init(
        _ authority: APIKeyAuthority,
        _ tokens: TokenAuthority?,
        _ tickets: TicketDesk,
        _ policies: PolicySource,
        _ settings: APISettings,
        _ logger: Logger
    ) {
        self.authority = authority
        self.tokens = tokens
        self.tickets = tickets
        self.policies = policies
        self.settings = settings
        self.logger = logger
    }

    /// Refuses addresses that come too often; before anything is looked at that costs time.
    func checkAddress(of request: HTTPRequest) throws {
        let limit = policies.current.standard.requests.perAddress ?? settings.rateLimitByAddress
        _ = try Self.count(
            SocketAddress.household(of: request.remoteAddress),
            in: addresses,
            limit,
            "from this address"
        )
    }

    /// Lets a caller in, or says why not.
    ///
    /// - Parameters:
    ///   - path: of the request, without the root.
    ///   - id: names the request in the log.
    /// - Throws: `SecurityError` as `authenticate`, `Problem` with 403 or 429, `StorageError`.
    func admit(
        _ request: HTTPRequest,
        to route: APIRoute,
        at path: String,
        id: String
    ) async throws -> Admission {
        guard route.access != .open else { return Admission() }
        let credential = Credential(request)
        guard case .needs(let role, let scope, let others) = route.access else {
            guard case .text(let text)? = credential else { return Admission() }
            return Admission(caller: try? await identify(text, from: request.remoteAddress), credential: text)
        }
        var admission: Admission
        do {
            admission = try await identify(credential, request, route, at: path)
        } catch let error as SecurityError where error.isRefusal {
            note(credential == nil ? "no key or token" : "the key, token or ticket is not valid", request, route, id)
            throw error
        }
        guard let caller = admission.caller else { throw SecurityError.unauthenticated }
        // What is refused for its role costs as much as what is not, and counts.
        let limits = policies[caller.tenant].requests
        let decisions = [
            try Self.count(caller.id, in: callers, limits.perKey ?? settings.rateLimit, "of this caller"),
            try Self.count(caller.tenant.rawValue, in: tenants, limits.perTenant, "of this tenant"),
        ]
        admission.rate = decisions.compactMap(\.self).min { $0.remaining < $1.remaining }
        if let refusal = caller.refusal(role: role, scope: scope, or: others) {
            note(refusal, request, route, id, caller)
            throw Problem(status: 403, code: "forbidden", detail: refusal, headers: admission.rate?.headers ?? [])
        }
        return admission
    }

    /// Who sent this key or token.
    ///
    /// - Throws: `SecurityError` with `unauthenticated`, `refusedToken` or `expiredToken`, or with `keySet` while the identity
    ///   provider's keys are not there; `StorageError`.
    func authenticate(_ text: String?) async throws -> Principal {
        guard let text else { throw SecurityError.unauthenticated }
        if let tokens, !text.hasPrefix("cpa_") { return try await tokens.authenticate(text) }
        return try await authority.authenticate(text)
    }

    // MARK: Parts

    /// Says in the log who was not let in, and why.
    private func note(
        _ why: String,
        _ request: HTTPRequest,
        _ route: APIRoute,
        _ id: String,
        _ caller: Principal? = nil
    ) {
        let household = SocketAddress.household(of: request.remoteAddress)
        guard lines.take(household, of: Self.lineLimit).isAllowed else { return }
        var metadata = [
            "request": id, "remote": request.remoteAddress, "method": route.method, "route": route.path, "why": why,
        ]
        metadata["caller"] = caller?.id
        metadata["tenant"] = caller?.tenant.rawValue
        logger.info("A caller was refused", metadata)
    }

    private func identify(
        _ credential: Credential?,
        _ request: HTTPRequest,
        _ route: APIRoute,
        at path: String
    ) async throws -> Admission {
        switch credential {
        case nil: throw SecurityError.unauthenticated
        case .text(let text)?:
            return Admission(caller: try await identify(text, from: request.remoteAddress), credential: text)
        case .ticket(let text)?:
            guard route.isWebSocket, let ticket = tickets.take(text, for: path, from: request.remoteAddress) else {
                countFailure(of: SocketAddress.household(of: request.remoteAddress))
                throw SecurityError.unauthenticated
            }
            return Admission(caller: ticket.caller, credential: ticket.credential, isByTicket: true)
        }
    }

    private func identify(_ text: String, from address: String) async throws -> Principal {
        // Keys that are known cost a hash; who guesses must not make us ask the store or check signatures.
        if let caller = authority.known(text) { return caller }
        let name = SocketAddress.household(of: address)
        if let limit = settings.failureLimit {
            let decision = failures.look(name, of: limit)
            guard decision.isAllowed else { throw Self.tooMany(decision, "Too many wrong keys from this address") }
        }
        do {
            return try await authenticate(text)
        } catch let error as SecurityError {
            // A stale token behind a gateway must not keep out whoever else comes from there, nor must a provider that is away.
            if error.mayBeGuess { countFailure(of: name) }
            throw error
        }
    }

    private func countFailure(of address: String) {
        guard let limit = settings.failureLimit else { return }
        _ = failures.take(address, of: limit)
    }

    /// Counts a request against a limit, if there is one.
    ///
    /// - Throws: `Problem` with 429 when it is one too many.
    private static func count(
        _ name: String,
        in limiter: RateLimiter,
        _ limit: RateLimit?,
        _ whose: String
    ) throws -> RateDecision? {
        guard let limit else { return nil }
        let decision = limiter.take(name, of: limit)
        guard decision.isAllowed else { throw tooMany(decision, "Too many requests \(whose)") }
        return decision
    }

    private static func tooMany(_ decision: RateDecision, _ detail: String) -> Problem {
        Problem(
            status: 429,
            code: "rate_limited",
            detail: "\(detail): \(decision.limit) is the limit; come back in \(decision.retryAfter) s",
            retryAfter: decision.retryAfter,
            headers: decision.headers
        )
    }
}

extension RateDecision {
    /// The fields of draft-ietf-httpapi-ratelimit-headers.
    var headers: HTTPFields {
        [
            "RateLimit-Policy": "\"default\";q=\(limit.count);w=\(limit.seconds)",
            "RateLimit": "\"default\";r=\(remaining);t=\(resetSeconds)",
        ]
    }
}
