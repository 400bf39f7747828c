package import HTTPServer
import JobModel
package import JobScheduler
package import Planning
package import Security
import Synchronization
package import Telemetry

/// The API: finds the route, knows the caller, turns every error into problem+json.
package final class APIServer: HTTPHandler, Sendable {
    let scheduler: Scheduler
    let authority: APIKeyAuthority
    /// Nil when this process drives no browsers for others.
    let sessions: (any SessionService)?
    /// What sentences may ask for.
    package let intents: IntentCatalogue
    let settings: APISettings
    let logger: Logger
    private let makeID: @Sendable () -> String
    private let router: HTTPRouter
    private let draining = Atomic(false)

    /// An API on a scheduler.
    ///
    /// - Parameters:
    ///   - sessions: serves programs that drive a browser; nil when there are none to drive.
    ///   - intents: what sentences may ask for.
    ///   - makeID: names requests that bring no `X-Request-Id`.
    package init(
        scheduler: Scheduler,
        authority: APIKeyAuthority,
        sessions: (any SessionService)? = nil,
        intents: IntentCatalogue = IntentCatalogue(),
        settings: APISettings = APISettings(),
        logger: Logger = .silent,
        makeID: @escaping @Sendable () -> String = SchedulerEnvironment.live.makeID
    ) {
        self.scheduler = scheduler
        self.authority = authority
        self.sessions = sessions
        self.intents = intents
        self.settings = settings
        self.logger = logger.with("component", "api")
        self.makeID = makeID
        var router = HTTPRouter()
        for root in RouteTable.roots {
            for (index, route) in RouteTable.routes.enumerated() {
                let limit = route.input == .bytes ? settings.fileLimit : settings.bodyLimit
                // The router finds the line; `respond` serves it, with everything around it.
                router.on(route.method, root + route.path, bodyLimit: limit) { _, _ in
                    preconditionFailure("Cannot serve \(route.path) without its call (line \(index))")
                }
            }
        }
        self.router = router
    }

    /// Takes no further jobs and says so to whoever asks for readiness; what runs goes on.
    package func drain() { draining.store(true, ordering: .relaxed) }

    /// Whether `drain` was called.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    package func bodyLimit(method: String, path: String) -> Int? { router.bodyLimit(method: method, path: path) }

    package func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        let id = Self.requestID(request) ?? makeID()
        let logger = logger.with("request", id)
        let start = ContinuousClock.now
        var response: HTTPResponse
        do {
            response = try await serve(request, id: id, logger: logger)
        } catch let error as HTTPServerError where error.code == .closed {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            response = problem(of: error, request, logger).response(request: id)
        }
        response.headers["X-Request-Id"] = id
        if let trace = TraceContext.parent(of: request) { response.headers["traceparent"] = trace }
        if response.headers["Cache-Control"] == nil { response.headers["Cache-Control"] = "no-store" }
        logger.debug(
            "Request served",
            [
                "method": request.method, "path": request.path, "status": "\(response.status)",
                "duration": "\(ContinuousClock.now - start)",
            ]
        )
        return response
    }

    private func serve(_ request: HTTPRequest, id: String, logger: Logger) async throws -> HTTPResponse {
        guard case .found(let found, let parameters) = try router.match(method: request.method, path: request.path)
        else {
            return try await router.respond(to: request)
        }
        let (route, root) = Self.route(found)
        let caller: Principal?
        switch route.access {
        case .open: caller = try? await authority.authenticate(Self.key(request))
        case .key: caller = try await authority.authenticate(Self.key(request))
        }
        var logger = logger
        if let caller { logger = logger.with("tenant", caller.tenant.rawValue) }
        if let trace = TraceContext.parent(of: request) { logger = logger.with("trace", trace) }
        return try await route.body(
            APICall(
                server: self,
                request: request,
                parameters: parameters,
                root: root,
                id: id,
                optionalCaller: caller,
                logger: logger
            )
        )
    }

    private static func route(_ found: HTTPRoute) -> (APIRoute, root: String) {
        for root in RouteTable.roots.reversed() where found.pattern.hasPrefix(root) {
            let path = found.pattern.dropFirst(root.count)
            if let route = RouteTable.routes.first(where: { $0.method == found.method && $0.path == path }) {
                return (route, root)
            }
        }
        preconditionFailure("Cannot find \(found.method) \(found.pattern) in the route table")
    }

    private func problem(of error: any Error, _ request: HTTPRequest, _ logger: Logger) -> Problem {
        if let problem = Problem(error) { return problem }
        logger.error("A request failed", ["path": request.path, "error": "\(error)"])
        return Problem(
            status: 500,
            code: "internal_error",
            detail: "The scheduler could not serve this; its log has the reason under this request id"
        )
    }

    // MARK: Header fields

    /// The key a caller sent: `X-API-Key`, `Authorization: Bearer`, or a subprotocol `key.<key>` of a WebSocket.
    static func key(_ request: HTTPRequest) -> String? {
        if let key = request.headers["x-api-key"] { return key }
        if let authorization = request.headers["authorization"] {
            let parts = authorization.split(separator: " ")
            return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
        }
        for value in request.headers.values("sec-websocket-protocol") {
            for word in value.split(separator: ",") {
                let name = word.filter { $0 != " " && $0 != "\t" }
                if name.hasPrefix("key.") { return String(name.dropFirst(4)) }
            }
        }
        return nil
    }

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
