import CDPProtocol
import Cryptography
import JSON

/// Answers requests that Chromium holds for us: by route, by credentials, or by letting them go.
///
/// Pure and total: every paused request has its answer in the turn it is announced in, so that none waits for anything.
/// Facts from the `Fetch` domain.
struct RequestRouter {
    private var routes: [NetworkRoute]
    private let credentials: HTTPCredentials?
    private let proxy: ProxySettings?
    /// Requests that were given a name and password already; a second question means that they are wrong.
    private var answered: [FetchDomain.RequestID] = []
    /// Headers a redirected request goes on with.
    private var changedHeaders: [FetchDomain.RequestID: [NetworkRoute.Header]] = [:]

    private static let memory = 1000

    init(_ options: PageOptions) {
        routes = options.routes
        credentials = options.credentials
        proxy = options.proxy
    }

    /// Which requests have to be held; nil: none.
    static func enabling(_ options: PageOptions) -> FetchDomain.Enable? {
        let asksForProxy = options.proxy?.username != nil
        guard !options.routes.isEmpty || options.credentials != nil || asksForProxy else { return nil }
        let takesAll = !options.routes.isEmpty || asksForProxy
        let pattern = takesAll ? "*" : (options.credentials?.origin ?? "") + "/*"
        return FetchDomain.Enable(
            patterns: [FetchDomain.RequestPattern(urlPattern: pattern)],
            handleAuthRequests: options.credentials != nil || asksForProxy
        )
    }

    // MARK: Requests

    mutating func answer(_ event: FetchDomain.RequestPausedEvent) -> any CDPCommand {
        let request = event.request
        let kept = event.redirectedRequestID.flatMap { changedHeaders.removeValue(forKey: $0) } ?? []
        if let origin = preflightOrigin(request),
            case .fulfil = route(for: request.url, preflightMethod(request))?.action
        {
            return allowance(for: event.requestID, origin: origin, request)
        }
        switch route(for: request.url, request.method)?.action {
        case .fulfil(let status, let headers, let body):
            return FetchDomain.FulfillRequest(
                requestID: event.requestID,
                responseCode: status,
                responseHeaders: Self.readable(headers, by: request).map {
                    .init(name: $0.name, value: $0.value ?? "")
                },
                body: Base64.encode(body)
            )
        case .abort(let reason): return FetchDomain.FailRequest(requestID: event.requestID, errorReason: reason)
        case .modify(let headers, let url, let method, let body):
            let changes = kept + headers
            remember(changes, of: event.requestID)
            return FetchDomain.ContinueRequest(
                requestID: event.requestID,
                url: url,
                method: method,
                postData: body.map { Base64.encode($0) },
                headers: changes.isEmpty ? nil : Self.changed(request.headers, by: changes)
            )
        case nil:
            remember(kept, of: event.requestID)
            return FetchDomain.ContinueRequest(
                requestID: event.requestID,
                headers: kept.isEmpty ? nil : Self.changed(request.headers, by: kept)
            )
        }
    }

    private func route(for url: String, _ method: String) -> NetworkRoute? {
        routes.first { ($0.method == nil || $0.method == method) && $0.url.matches(url) }
    }

    private mutating func remember(_ headers: [NetworkRoute.Header], of id: FetchDomain.RequestID) {
        guard !headers.isEmpty else { return }
        if changedHeaders.count >= Self.memory { changedHeaders = [:] }
        changedHeaders[id] = headers
    }

    private static func changed(
        _ headers: JSONObject,
        by changes: [NetworkRoute.Header]
    ) -> [FetchDomain.HeaderEntry] {
        let names = Set(changes.map { $0.name.lowercased() })
        let kept = headers.filter { !names.contains($0.key.lowercased()) }
            .map { FetchDomain.HeaderEntry(name: $0.key, value: $0.value.string ?? "") }
        return kept + changes.compactMap { change in change.value.map { .init(name: change.name, value: $0) } }
    }

    // MARK: Requests across origins

    /// A script of another origin may read our answer: who writes a route means it to be read.
    private static func readable(
        _ headers: [NetworkRoute.Header],
        by request: NetworkDomain.Request
    ) -> [NetworkRoute.Header] {
        guard let origin = value(of: "origin", in: request),
            !headers.contains(where: { $0.name.lowercased() == "access-control-allow-origin" })
        else { return headers }
        return headers + [
            .init("Access-Control-Allow-Origin", origin), .init("Access-Control-Allow-Credentials", "true"),
            .init("Vary", "Origin"),
        ]
    }

    private func preflightOrigin(_ request: NetworkDomain.Request) -> String? {
        guard request.method == "OPTIONS", Self.value(of: "access-control-request-method", in: request) != nil else {
            return nil
        }
        return Self.value(of: "origin", in: request)
    }

    private func preflightMethod(_ request: NetworkDomain.Request) -> String {
        Self.value(of: "access-control-request-method", in: request) ?? "GET"
    }

    /// The answer to the question a browser asks before a request we answer ourselves.
    private func allowance(
        for id: FetchDomain.RequestID,
        origin: String,
        _ request: NetworkDomain.Request
    ) -> FetchDomain.FulfillRequest {
        var headers = [
            FetchDomain.HeaderEntry(name: "Access-Control-Allow-Origin", value: origin),
            .init(name: "Access-Control-Allow-Credentials", value: "true"),
            .init(name: "Access-Control-Allow-Methods", value: preflightMethod(request)),
        ]
        if let names = Self.value(of: "access-control-request-headers", in: request) {
            headers.append(.init(name: "Access-Control-Allow-Headers", value: names))
        }
        return FetchDomain.FulfillRequest(requestID: id, responseCode: 204, responseHeaders: headers)
    }

    private static func value(of header: String, in request: NetworkDomain.Request) -> String? {
        request.headers.first { $0.key.lowercased() == header }?.value.string
    }

    // MARK: Names and passwords

    mutating func answer(_ event: FetchDomain.AuthRequiredEvent) -> FetchDomain.ContinueWithAuth {
        let known: (username: String, password: String)? =
            if event.authChallenge.source == .proxy {
                proxy?.username.map { ($0, proxy?.password ?? "") }
            } else if let credentials, credentials.origin == event.authChallenge.origin {
                (credentials.username, credentials.password)
            } else {
                nil
            }
        guard let known, !answered.contains(event.requestID) else {
            return FetchDomain.ContinueWithAuth(
                requestID: event.requestID,
                authChallengeResponse: .init(response: .cancelAuth)
            )
        }
        answered.append(event.requestID)
        if answered.count > Self.memory { answered.removeFirst() }
        return FetchDomain.ContinueWithAuth(
            requestID: event.requestID,
            authChallengeResponse: .init(
                response: .provideCredentials,
                username: known.username,
                password: known.password
            )
        )
    }
}
