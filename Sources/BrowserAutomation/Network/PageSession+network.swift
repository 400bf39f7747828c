import CDP
import CDPProtocol
import Cryptography

extension PageSession {
    /// Bytes Chromium keeps of the bodies of a page's responses, for `body(of:)`.
    private static let bodyBuffer = 16 << 20
    /// Bytes of one body.
    private static let largestBody = 8 << 20

    /// The requests of the page while its network was observed, the latest 500, secrets replaced.
    package var requests: [NetworkRequest] { networkLog.requests.map(redacted) }

    /// How many requests were seen; a mark for `requests(after:)` and `waitForResponse`.
    package var requestCount: Int { networkLog.count }

    /// The requests after a mark, as far as they are still kept.
    package func requests(after mark: Int) -> [NetworkRequest] { networkLog.requests(after: mark).map(redacted) }

    /// Sees requests and responses from now on; cheap to call again.
    package func observeNetwork() {
        guard !options.observesNetwork else { return }
        options.observesNetwork = true
        for session in sessions { beginObservingNetwork(of: session) }
    }

    /// Takes the network events of a session of this page; before its first request, when it is a new one.
    func beginObservingNetwork(of session: CDPSession) {
        observe(session, NetworkLog.subscriptions) { page, event, session in
            page.networkLog.apply(event, session: session.id)
        }
        session.post(
            NetworkDomain.Enable(maxTotalBufferSize: Self.bodyBuffer, maxResourceBufferSize: Self.largestBody)
        )
    }

    func setNetworkConditions(_ conditions: NetworkConditions) async throws {
        var options = options
        options.network = conditions
        try await emulate(options)
    }

    /// The first response after a mark that matches and has come whole.
    ///
    /// The network must be observed since the mark.
    /// - Throws: `BrowserError` with `timeout` that lists what came instead.
    package func waitForResponse(
        _ query: ResponseQuery,
        after mark: Int,
        until deadline: ContinuousClock.Instant
    ) async throws -> NetworkRequest {
        do {
            let request = try await wait(until: deadline, for: query.words) { page in
                page.networkLog.requests(after: mark).first { query.matches($0) && $0.isOver }.map { .success($0) }
            }
            return redacted(request)
        } catch let error as BrowserError where error.code == .timeout {
            let seen = networkLog.requests(after: mark).suffix(10).map { request in
                "\(request.method) \(request.url) → \(request.failure ?? request.response.map { "\($0.status)" } ?? "no answer yet")"
            }
            throw BrowserError(
                .timeout,
                "\(error.message). "
                    + (seen.isEmpty
                        ? "The page asked for nothing meanwhile" : "It got: \(seen.joined(separator: "; "))"),
                callLog: seen
            )
        }
    }

    /// The body of a response; nil when Chromium does not have it any more (too large, or the page went on).
    package func body(of request: NetworkRequest, deadline: Duration) async -> [UInt8]? {
        let session = CDPSession(connection: session.connection, id: request.session ?? session.id)
        let call = session.start(NetworkDomain.GetResponseBody(requestID: request.id), deadline: deadline)
        guard let reply = try? await call.reply() else { return nil }
        return reply.base64Encoded ? try? Base64.decode(reply.body) : Array(reply.body.utf8)
    }

    private func redacted(_ request: NetworkRequest) -> NetworkRequest {
        var request = request
        request.url = redact(request.url)
        request.documentURL = redact(request.documentURL)
        request.postData = request.postData.map(redact)
        request.redirectURL = request.redirectURL.map(redact)
        for index in request.headers.indices { request.headers[index].value = redact(request.headers[index].value) }
        for index in request.response?.headers.indices ?? 0..<0 {
            let value = request.response?.headers[index].value ?? ""
            request.response?.headers[index].value = redact(value)
        }
        return request
    }
}
