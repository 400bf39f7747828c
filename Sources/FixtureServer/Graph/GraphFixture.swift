import Compression
import Cryptography
package import EventLoops
package import HTTPServer
import JSON

/// Microsoft Graph mail and the identity platform behind one handler, with switches for every fault a client must survive.
///
/// Lives on one loop. Paths: `/{tenant}/oauth2/v2.0/token`, `/v1.0/users/…`, `/_control/…`; on the upload host `/api/gv1.0/…`.
package actor GraphFixture: HTTPHandler {
    private static let concurrentRequests = 4
    private static let loggedRequests = 1000

    nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let now: @Sendable () -> Int64
    private let initialApplication: FixtureApplication
    var identity: IdentityPlatform
    var mail: MailService
    var faults = FaultPlan()
    var chaos: ChaosPlan?
    package private(set) var requests: [LoggedRequest] = []
    /// Milliseconds every request takes beside its work.
    var latency = 0
    /// Whether the budgets of requests and bytes hold, beside the four requests at once.
    var hasBudgets = false
    /// Whether every list begins with an empty page that has a next one.
    var hasEmptyFirstPages = false
    private var budgets: [String: ThrottleBudget] = [:]
    var uploadOrigin: String?
    private var inFlight: [String: Int] = [:]
    /// The most requests one mailbox has had at the same time since the last reset.
    package private(set) var peakConcurrency = 0

    /// A service with empty mailboxes.
    package init(
        _ application: FixtureApplication = FixtureApplication(),
        on loop: EventLoop,
        now: @escaping @Sendable () -> Int64 = FixtureClock.now
    ) {
        initialApplication = application
        self.loop = loop
        self.now = now
        identity = IdentityPlatform(application)
        mail = MailService(addresses: application.mailboxes)
    }

    /// Forgets everything that happened: mails, tokens, faults, requests, settings.
    func reset() {
        identity = IdentityPlatform(initialApplication)
        mail = MailService(addresses: initialApplication.mailboxes)
        faults = FaultPlan()
        chaos = nil
        requests = []
        latency = 0
        hasBudgets = false
        hasEmptyFirstPages = false
        budgets = [:]
        peakConcurrency = 0
    }

    /// Where upload URLs lead; without one to Graph's own origin.
    func setUploadOrigin(_ origin: String) { uploadOrigin = origin }

    // MARK: Requests

    /// Answers a request to the upload host, which knows nothing but upload sessions.
    func respond(toUpload request: HTTPRequest) async throws -> HTTPResponse {
        guard UploadSession.key(in: request.segments) != nil else { return HTTPResponse(status: 404) }
        return try await serve(request)
    }

    package func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        if request.segments.first == "_control" { return try await control(request) }
        if let page = respondAsPage(request) { return page }
        if uploadOrigin != nil, UploadSession.key(in: request.segments) != nil { return HTTPResponse(status: 404) }
        return try await serve(request)
    }

    private func serve(_ request: HTTPRequest) async throws -> HTTPResponse {
        let index = log(request)
        let mailbox = mailbox(of: request)
        let isOver = mailbox.map { enter($0) } ?? false
        defer { if let mailbox { inFlight[mailbox, default: 1] -= 1 } }
        do {
            let body = try await request.collectBody(limit: Mailbox.requestLimit)
            let response = try await answer(request, body, in: mailbox, isOver: isOver)
            requests[safe: index]?.status = response.status
            return Self.packed(response, for: request)
        } catch let cut as HTTPServerError {
            requests[safe: index]?.status = 0
            throw cut
        }
    }

    private func answer(
        _ request: HTTPRequest,
        _ body: [UInt8]?,
        in mailbox: String?,
        isOver: Bool
    ) async throws -> HTTPResponse {
        let fault = fault(for: request, isMail: mailbox != nil)
        if isOver { return answer(request, .throttled("MailboxConcurrency", seconds: 1)) }
        if let mailbox, let failure = throttled(request, mailbox, bytes: body?.count ?? 0) {
            return answer(request, failure)
        }
        if latency > 0 { try await loop.sleep(for: .milliseconds(latency)) }
        return try await respond(request, body, fault)
    }

    /// What goes wrong with a request: what was set for it, or what chaos brings.
    private func fault(for request: HTTPRequest, isMail: Bool) -> FaultRule? {
        if let rule = faults.take(method: request.method, path: request.path) { return rule }
        return isMail ? chaos?.draw(method: request.method) : nil
    }

    /// Text as gzip for every client that takes it, as the service does; what breaks on its way stays as it is.
    private static func packed(_ response: HTTPResponse, for request: HTTPRequest) -> HTTPResponse {
        let type = response.headers["Content-Type"] ?? ""
        guard case .bytes(let bytes) = response.body, !bytes.isEmpty,
            type.hasPrefix("application/json") || type.hasPrefix("text/"),
            Gzip.isTaken(by: request.headers["Accept-Encoding"] ?? ""), let packed = Gzip.compress(bytes)
        else { return response }
        var response = response
        response.headers["Content-Encoding"] = "gzip"
        response.headers.append("Vary", "Accept-Encoding")
        response.body = .bytes(packed)
        return response
    }

    // MARK: Throttling

    /// The mailbox a request works on, in lower case; nil for none.
    private func mailbox(of request: HTTPRequest) -> String? {
        if let key = UploadSession.key(in: request.segments) { return mail.uploads[key]?.mailbox }
        guard let segments = GraphPath.segments(request), segments.count > 1, segments[0] == "users" else { return nil }
        return segments[1].lowercased()
    }

    /// - Returns: whether that is one too many.
    private func enter(_ mailbox: String) -> Bool {
        let count = inFlight[mailbox, default: 0] + 1
        inFlight[mailbox] = count
        peakConcurrency = max(peakConcurrency, count)
        return count > Self.concurrentRequests
    }

    private func throttled(_ request: HTTPRequest, _ mailbox: String, bytes: Int) -> GraphFailure? {
        guard hasBudgets else { return nil }
        let exceeded = budgets[mailbox, default: ThrottleBudget()].take(
            method: request.method,
            bytes: bytes,
            now: now()
        )
        return exceeded.map { .throttled($0.limit, seconds: $0.seconds) }
    }

    // MARK: Log

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
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? {
        get { indices.contains(index) ? self[index] : nil }
        set { if let newValue, indices.contains(index) { self[index] = newValue } }
    }
}
