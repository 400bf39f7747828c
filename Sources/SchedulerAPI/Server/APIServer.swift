package import HTTPServer
import JobModel
import JobQueue
package import JobScheduler
package import Planning
package import Security
import Synchronization
package import Telemetry

/// The API: finds the route, knows the caller, turns every error into problem+json.
package final class APIServer: HTTPHandler, Sendable {
    let scheduler: Scheduler
    let authority: APIKeyAuthority
    let doorkeeper: Doorkeeper
    let tickets: TicketDesk
    let keysInUse = KeysInUse()
    /// Nil when this process drives no browsers for others.
    let sessions: (any SessionService)?
    /// What sentences may ask for.
    package let intents: IntentCatalogue
    let settings: APISettings
    let logger: Logger
    private let makeID: @Sendable () -> String
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int64
    let router: HTTPRouter
    /// The lines the router knows by number: each route under each root.
    let lines: [(route: APIRoute, root: String)]
    /// What is counted in this process.
    let metrics: MetricRegistry
    private let requests: RequestMetrics
    private let crossOrigin: CrossOrigin
    private let draining = Atomic(false)
    private let atWork = Atomic(0)

    /// An API on a scheduler.
    ///
    /// - Parameters:
    ///   - tokens: checks tokens of an identity provider; nil when only keys are taken.
    ///   - sessions: serves programs that drive a browser; nil when there are none to drive.
    ///   - intents: what sentences may ask for.
    ///   - metrics: what is counted in this process.
    ///   - makeID: names requests that bring no `X-Request-Id`.
    ///   - now: milliseconds since 1970.
    package init(
        scheduler: Scheduler,
        authority: APIKeyAuthority,
        tokens: TokenAuthority? = nil,
        sessions: (any SessionService)? = nil,
        intents: IntentCatalogue = IntentCatalogue(),
        settings: APISettings = APISettings(),
        metrics: MetricRegistry = MetricRegistry(),
        logger: Logger = .silent,
        makeID: @escaping @Sendable () -> String = SchedulerEnvironment.live.makeID,
        now: @escaping @Sendable () -> Int64 = SchedulerEnvironment.live.now
    ) {
        self.scheduler = scheduler
        self.authority = authority
        tickets = TicketDesk(now: now)
        let logger = logger.with("component", "api")
        doorkeeper = Doorkeeper(authority, tokens, tickets, scheduler.configuration.policies, settings, logger)
        self.metrics = metrics
        requests = RequestMetrics(metrics)
        metrics.gauge("cpa_build_info", ["version": settings.version]).set(1)
        crossOrigin = CrossOrigin(origins: settings.allowedOrigins)
        self.sessions = sessions
        self.intents = intents
        self.settings = settings
        self.logger = logger
        self.makeID = makeID
        self.now = now
        var router = HTTPRouter()
        lines = RouteTable.roots.flatMap { root in RouteTable.routes.map { (route: $0, root: root) } }
        for (number, line) in lines.enumerated() {
            let limit = line.route.input?.isFile == true ? settings.fileLimit : settings.bodyLimit
            // The router finds the line; `respond` serves it, with everything around it.
            router.on(line.route.method, line.root + line.route.path, number: number, bodyLimit: limit) { _, _ in
                preconditionFailure("Cannot serve line \(number) of the route table without its call")
            }
        }
        self.router = router
    }

    /// Takes no further jobs and says so to whoever asks for readiness; what runs goes on.
    package func drain() { draining.store(true, ordering: .relaxed) }

    /// Whether `drain` was called.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// Requests being served.
    var requestsAtWork: Int { atWork.load(ordering: .relaxed) }

    /// Brings up to date what is counted only when somebody asks.
    func measure() async {
        metrics.gauge("cpa_http_requests_active").set(Int64(requestsAtWork))
        guard let load = try? await scheduler.load() else { return }
        metrics.gauge("cpa_queue_oldest_ready_seconds").set((load.oldestWait ?? 0) / 1000)
        metrics.gauge("cpa_outbox_rows").set(Int64(load.unrelayed))
        metrics.gauge("cpa_approvals_pending").set(Int64(load.approvals))
        metrics.gauge("cpa_reviews_pending").set(Int64(load.reviews))
        metrics.gauge("cpa_ws_clients").set(Int64(load.watchers))
        guard let depth = load.depth else { return }
        for (state, count) in [
            ("ready", depth.ready), ("delayed", depth.delayed), ("leased", depth.leased), ("lost", depth.lost),
        ] {
            metrics.gauge("job_queue_length", ["state": state]).set(Int64(count))
        }
    }

    package func bodyLimit(method: String, path: String) -> Int? { router.bodyLimit(method: method, path: path) }

    package func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        let id = Self.requestID(request) ?? makeID()
        let start = ContinuousClock.now
        var progress = Progress()
        var response: HTTPResponse
        do {
            response = try await serve(request, id: id, &progress)
        } catch let error as HTTPServerError where error.code == .closed {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            response = problem(of: error, request, id).response(request: id)
        }
        response.headers["X-Request-Id"] = id
        if let trace = TraceContext.parent(of: request) { response.headers["traceparent"] = trace }
        if response.headers["Cache-Control"] == nil { response.headers["Cache-Control"] = "no-store" }
        for field in progress.rate?.headers.fields ?? [] { response.headers[field.name] = field.value }
        crossOrigin.mark(&response, to: request)
        await Packing.pack(&response, for: request)
        requests.note(progress.line, status: response.status, ContinuousClock.now - start)
        logger.debug(
            "Request served",
            [
                "request": id, "method": request.method, "path": request.path, "status": "\(response.status)",
                "duration": "\(ContinuousClock.now - start)",
            ]
        )
        return response
    }

    /// How far a request came, also when it failed.
    private struct Progress {
        /// Its place in the route table.
        var line: Int?
        /// What is left of the caller's limit.
        var rate: RateDecision?
    }

    private func serve(
        _ request: HTTPRequest,
        id: String,
        _ progress: inout Progress
    ) async throws -> HTTPResponse {
        try doorkeeper.checkAddress(of: request)
        guard case .found(let found, let parameters) = try router.match(method: request.method, path: request.path)
        else { return try await serveUnknown(request) }
        let (route, root) = lines[found.number]
        progress.line = found.number % RouteTable.routes.count
        let count = atWork.wrappingAdd(1, ordering: .relaxed).newValue
        defer { atWork.wrappingSubtract(1, ordering: .relaxed) }
        guard count <= settings.requestLimit || route.isOpen else { throw Self.overloaded }
        let path = String(request.path.dropFirst(root.utf8.count))
        let admission = try await doorkeeper.admit(request, to: route, at: path, id: id)
        progress.rate = admission.rate
        try Self.checkQuery(of: request, on: route)
        try Self.checkIdempotencyKey(of: request, on: route)
        if route.input != nil { try Self.checkCoding(of: request) }
        var owned = request
        // A tenant must not use up the memory that the bodies of all share.
        if let caller = admission.caller { owned.body = request.body.owned(by: caller.tenant.rawValue) }
        let call = APICall(
            server: self,
            request: owned,
            parameters: parameters,
            root: root,
            id: id,
            optionalCaller: admission.caller,
            credential: admission.credential,
            isByTicket: admission.isByTicket
        )
        return try await route.body(call)
    }

    /// A question of a browser before a request, or nothing that is served.
    private func serveUnknown(_ request: HTTPRequest) async throws -> HTTPResponse {
        let preflight = crossOrigin.preflight(request) { wanted in
            switch try? router.match(method: wanted, path: request.path) {
            case .found?: [wanted]
            case .wrongMethod(let allowed)?: allowed
            case .unknownPath?, nil: []
            }
        }
        if let preflight { return preflight }
        return try await router.respond(to: request)
    }

    private static var overloaded: Problem {
        Problem(
            status: 503,
            code: "overloaded",
            detail: "More requests are being served than this server takes at once; come back in a moment",
            retryAfter: 1
        )
    }

    /// A parameter nobody reads must not be silently without effect, and neither must the second of two.
    private static func checkQuery(of request: HTTPRequest, on route: APIRoute) throws {
        guard request.query != nil else { return }
        let items = try request.queryItems()
        var seen: Set<String> = []
        for (name, _) in items where route.hasQuery(name) && !seen.insert(name).inserted {
            throw Problem.parameter(name, "is given twice: give it once; where several values may stand, by commas")
        }
        for (name, _) in items where !route.hasQuery(name) {
            let known = route.parameters.filter { $0.place == .query }.map(\.name)
            throw Problem.parameter(
                String(name.prefix(60)),
                "is no parameter of \(route.method) \(route.path)\(Suggestion.phrase(for: name, among: known))"
            )
        }
    }

    /// Bodies are read as they come.
    private static func checkCoding(of request: HTTPRequest) throws {
        guard let coding = request.headers["content-encoding"], coding.lowercased() != "identity" else { return }
        var problem = Problem.parameter(
            "Content-Encoding",
            "is '\(coding.prefix(60))', and bodies are not unpacked here: send it as it is, without the field"
        )
        problem.status = 415
        problem.code = "unsupported_media_type"
        problem.headers["Accept-Encoding"] = "identity"
        throw problem
    }

    /// Who sends a key trusts that repeating is safe; where nobody reads it, that would be a mistake.
    private static func checkIdempotencyKey(of request: HTTPRequest, on route: APIRoute) throws {
        guard route.method == "POST", let key = request.headers["idempotency-key"], !route.hasHeader("Idempotency-Key")
        else { return }
        let remedy =
            switch route.path {
            case "/jobs/bulk": "give every member its own 'idempotency_key'"
            case "/lam/message", "/lam/messages": "a message is processed once by its 'id'"
            default: "leave it out, and look whether the first call was taken before you repeat it"
            }
        throw Problem.parameter(
            "Idempotency-Key",
            "is '\(key.prefix(60))', and POST \(route.path) takes none: \(remedy)"
        )
    }

    /// An error as the client hears it; what is not its business stands in the log alone.
    func problem(of error: any Error, _ request: HTTPRequest, _ id: String) -> Problem {
        if let problem = Problem(error) { return problem }
        logger.error("A request failed", ["request": id, "path": request.path, "error": "\(error)"])
        return Problem(
            status: 500,
            code: "internal_error",
            detail: "The scheduler could not serve this; its log has the reason under this request id"
        )
    }

    // MARK: Header fields

    /// The client's name for the request, when it is one that cannot hurt a log.
    private static func requestID(_ request: HTTPRequest) -> String? {
        guard let id = request.headers["x-request-id"], (1...128).contains(id.utf8.count) else { return nil }
        let isPlain = id.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x3A: true
            default: false
            }
        }
        return isPlain ? id : nil
    }
}
