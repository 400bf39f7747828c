import Cryptography
package import EventLoops
package import HTTPServer
import JSON

/// Microsoft Graph mail and the identity platform behind one handler, with switches for every fault a client must survive.
///
/// Lives on one loop. Paths: `/{tenant}/oauth2/v2.0/token`, `/v1.0/users/…`, `/_upload/…`, `/_control/…`.
package actor GraphFixture: HTTPHandler {
    /// Closes the connection without an answer.
    private static let cut = HTTPServerError(.closed, "The fixture cuts the connection")
    private static let concurrentRequests = 4
    private static let loggedRequests = 1000

    private nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let now: @Sendable () -> Int64
    private let application: FixtureApplication
    var identity: IdentityPlatform
    var mail: MailService
    var faults = FaultPlan()
    package private(set) var requests: [LoggedRequest] = []
    private var inFlight: [String: Int] = [:]
    /// The most requests one mailbox has had at the same time since the last reset.
    package private(set) var peakConcurrency = 0

    /// A service with empty mailboxes.
    package init(
        _ application: FixtureApplication = FixtureApplication(),
        on loop: EventLoop,
        now: @escaping @Sendable () -> Int64 = FixtureClock.now
    ) {
        self.application = application
        self.loop = loop
        self.now = now
        identity = IdentityPlatform(application)
        mail = MailService(addresses: application.mailboxes)
    }

    /// Forgets everything that happened: mails, tokens, faults, requests.
    func reset() {
        identity = IdentityPlatform(application)
        mail = MailService(addresses: application.mailboxes)
        faults = FaultPlan()
        requests = []
        peakConcurrency = 0
    }

    package func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        if request.segments.first == "_control" { return try await control(request) }
        let limit = Mailbox.requestLimit
        let body = try await request.collectBody(limit: limit)
        let index = log(request)
        let fault = faults.take(method: request.method, path: request.path)
        let mailbox = GraphPath.segments(request).flatMap { $0.count > 1 ? $0[1].lowercased() : nil }
        if let mailbox { enter(mailbox) }
        defer { if let mailbox { inFlight[mailbox, default: 1] -= 1 } }
        do {
            let response = try await respond(request, body, fault)
            requests[safe: index]?.status = response.status
            return response
        } catch let cut as HTTPServerError {
            requests[safe: index]?.status = 0
            throw cut
        }
    }

    private func enter(_ mailbox: String) {
        let count = inFlight[mailbox, default: 0] + 1
        inFlight[mailbox] = count
        peakConcurrency = max(peakConcurrency, count)
    }

    private func isOverConcurrency(_ request: HTTPRequest) -> Bool {
        guard let segments = GraphPath.segments(request), segments.count > 1 else { return false }
        return inFlight[segments[1].lowercased(), default: 0] > Self.concurrentRequests
    }

    private func throttle(_ request: HTTPRequest) -> HTTPResponse {
        let ids = Self.ids(request)
        let failure = GraphFailure.throttled
        var answer = GraphAnswer.failure(failure, requestID: ids.request, clientRequestID: ids.client, now: now())
        answer.headers.append(("Retry-After", "1"))
        return Self.response(answer, ids)
    }

    private func log(_ request: HTTPRequest) -> Int {
        if requests.count == Self.loggedRequests { requests.removeFirst(Self.loggedRequests / 2) }
        requests.append(
            LoggedRequest(
                method: request.method,
                target: request.path + (request.query.map { "?" + $0 } ?? ""),
                hadAuthorization: request.headers["Authorization"] != nil,
                contentLength: request.headers["Content-Length"].flatMap { Int($0) },
                status: 0
            )
        )
        return requests.count - 1
    }

    private func respond(_ request: HTTPRequest, _ body: [UInt8]?, _ fault: FaultRule?) async throws -> HTTPResponse {
        switch fault?.kind {
        case .answer: return answer(request, fault)
        case .cut: throw Self.cut
        case .delay: try await loop.sleep(for: .milliseconds(fault?.delay ?? 0))
        case .answerAfter, .cutAfter, nil: break
        }
        if isOverConcurrency(request) { return throttle(request) }
        let response = act(request, body)
        switch fault?.kind {
        case .answerAfter: return answer(request, fault)
        case .cutAfter: throw Self.cut
        default: return response
        }
    }

    private func act(_ request: HTTPRequest, _ body: [UInt8]?) -> HTTPResponse {
        let segments = request.segments
        if request.method == "POST", segments.count == 4, Array(segments[1...]) == ["oauth2", "v2.0", "token"] {
            return token(request, tenant: segments[0], body: body ?? [])
        }
        if request.method == "GET", Array(segments.dropFirst()) == ["v2.0", ".well-known", "openid-configuration"] {
            return openIDConfiguration(request, tenant: segments[0])
        }
        return graph(request, body)
    }

    // MARK: Identity

    private func token(_ request: HTTPRequest, tenant: String, body: [UInt8]) -> HTTPResponse {
        let time = now()
        let headers: HTTPFields = ["Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"]
        do throws(IdentityFailure) {
            let json = try identity.token(
                tenant: tenant,
                form: PercentCoding.fields(String(decoding: body, as: UTF8.self)),
                authorization: request.headers["Authorization"],
                now: time
            )
            return HTTPResponse(status: 200, headers: headers, body: .bytes(json.serialized()))
        } catch {
            let correlation = request.headers["client-request-id"] ?? Self.makeID()
            let json = error.json(now: time, trace: Self.makeID(), correlation: correlation)
            return HTTPResponse(status: error.status, headers: headers, body: .bytes(json.serialized()))
        }
    }

    private func openIDConfiguration(_ request: HTTPRequest, tenant: String) -> HTTPResponse {
        let origin = Self.origin(request)
        let json: JSONObject = [
            "token_endpoint": .string("\(origin)/\(tenant)/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "issuer": .string("\(origin)/\(tenant)/v2.0"),
        ]
        return .json(200, json.text())
    }

    // MARK: Graph

    private func graph(_ request: HTTPRequest, _ body: [UInt8]?) -> HTTPResponse {
        let time = now()
        let ids = Self.ids(request)
        let answer: GraphAnswer
        do throws(GraphFailure) {
            guard let body else { throw .tooLarge }
            answer = try perform(request, body, now: time)
        } catch {
            answer = .failure(error, requestID: ids.request, clientRequestID: ids.client, now: time)
        }
        return Self.response(answer, ids)
    }

    private func perform(_ request: HTTPRequest, _ body: [UInt8], now: Int64) throws(GraphFailure) -> GraphAnswer {
        let segments = request.segments
        let call = GraphCall(
            method: request.method,
            segments: GraphPath.segments(request) ?? [],
            origin: Self.origin(request),
            path: request.path,
            query: request.queryFields,
            headers: request.headers,
            body: body,
            now: now
        )
        if segments.first == "_upload", segments.count == 2 { return try mail.upload(segments[1], call) }
        let roles = try identity.roles(authorization: request.headers["Authorization"], now: now)
        guard roles.contains(where: Self.accepted(call).contains) else { throw .accessDenied }
        return try mail.respond(to: call)
    }

    /// The permissions of which one is needed.
    private static func accepted(_ call: GraphCall) -> Set<String> {
        if call.method == "POST", ["send", "sendmail"].contains(call.segments.last?.lowercased()) {
            return ["Mail.Send"]
        }
        return call.method == "GET" ? ["Mail.Read", "Mail.ReadBasic.All", "Mail.ReadWrite"] : ["Mail.ReadWrite"]
    }

    private func answer(_ request: HTTPRequest, _ fault: FaultRule?) -> HTTPResponse {
        guard let fault else { return HTTPResponse(status: 500) }
        let ids = Self.ids(request)
        let failure = GraphFailure(status: fault.status, code: fault.code, message: fault.message)
        var answer = GraphAnswer.failure(failure, requestID: ids.request, clientRequestID: ids.client, now: now())
        if let body = fault.body { answer.body = .bytes(Array(body.utf8), contentType: "text/html") }
        if let seconds = fault.retryAfter { answer.headers.append(("Retry-After", String(seconds))) }
        return Self.response(answer, ids)
    }

    private static func ids(_ request: HTTPRequest) -> (request: String, client: String) {
        let id = makeID()
        return (id, request.headers["client-request-id"] ?? id)
    }

    private static func makeID() -> String {
        let hex = Array(Hex.encode(RandomBytes.generate(16)))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
    }

    private static func origin(_ request: HTTPRequest) -> String { "http://\(request.headers["Host"] ?? "localhost")" }

    private static func response(_ answer: GraphAnswer, _ ids: (request: String, client: String)) -> HTTPResponse {
        var headers: HTTPFields = []
        headers.append("Cache-Control", "private")
        headers.append("strict-transport-security", "max-age=31536000")
        headers.append("request-id", ids.request)
        headers.append("client-request-id", ids.client)
        headers.append(
            "x-ms-ags-diagnostic",
            #"{"ServerInfo":{"DataCenter":"Fixture","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"FIXTURE"}}"#
        )
        for (name, value) in answer.headers { headers.append(name, value) }
        var bytes: [UInt8] = []
        switch answer.body {
        case .none:
            break
        case .json(let json):
            headers.append("Content-Type", GraphFixture.contentType)
            bytes = json.serialized()
        case .text(let text):
            headers.append("Content-Type", "text/plain")
            bytes = Array(text.utf8)
        case .bytes(let content, let contentType):
            headers.append("Content-Type", contentType)
            bytes = content
        }
        return HTTPResponse(status: answer.status, headers: headers, body: .bytes(bytes))
    }

    private static let contentType =
        "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? {
        get { indices.contains(index) ? self[index] : nil }
        set { if let newValue, indices.contains(index) { self[index] = newValue } }
    }
}
