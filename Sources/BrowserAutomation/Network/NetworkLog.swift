import CDP
import CDPProtocol
import JSON

/// The requests of one page, from its events alone; bounded, the oldest go first.
///
/// Pure. Facts from the `Network` domain; headers as they went over the wire come by its `…ExtraInfo` events, in the order of
/// the redirects but before or after the request they belong to.
struct NetworkLog {
    /// Requests kept of a page.
    static let limit = 500
    /// Bytes kept of a request's body.
    static let bodyLimit = 64 << 10

    static let subscriptions: Set<String> = [
        NetworkDomain.RequestWillBeSentEvent.method, NetworkDomain.ResponseReceivedEvent.method,
        NetworkDomain.LoadingFinishedEvent.method, NetworkDomain.LoadingFailedEvent.method,
        NetworkDomain.RequestServedFromCacheEvent.method, NetworkDomain.RequestWillBeSentExtraInfoEvent.method,
        NetworkDomain.ResponseReceivedExtraInfoEvent.method,
    ]

    /// What is known of all hops that share an id.
    private struct Chain {
        /// Numbers of its requests, in order.
        var hops: [Int] = []
        /// Headers that came before the hop they belong to, by place.
        var requestHeaders: [[NetworkRequest.Header]] = []
        var responseHeaders: [(status: Int, headers: [NetworkRequest.Header])] = []
    }

    private(set) var requests: [NetworkRequest] = []
    /// How many there were; a mark for who wants those after it.
    private(set) var count = 0
    /// How many of them are not kept any more.
    var dropped: Int { count - requests.count }

    private var chains: [NetworkDomain.RequestID: Chain] = [:]
    private let page: TargetDomain.TargetID?

    init(page: TargetDomain.TargetID? = nil) { self.page = page }

    /// The requests after a mark, as far as they are still kept.
    func requests(after mark: Int) -> ArraySlice<NetworkRequest> { requests.suffix(max(0, count - mark)) }

    mutating func apply(_ message: CDPEventMessage, session: TargetDomain.SessionID?) {
        if let event = message.as(NetworkDomain.RequestWillBeSentEvent.self) {
            began(event, session)
        } else if let event = message.as(NetworkDomain.ResponseReceivedEvent.self) {
            update(event.requestID) { request in
                request.session = session
                request.resourceType = event.type.rawValue
                request.respondedAt = event.timestamp
                request.take(event.response)
            }
            addResponseHeaders(of: event.requestID)
        } else if let event = message.as(NetworkDomain.LoadingFinishedEvent.self) {
            update(event.requestID) { request in
                request.session = session
                request.endedAt = event.timestamp
                request.receivedBytes = Int(event.encodedDataLength)
            }
        } else if let event = message.as(NetworkDomain.LoadingFailedEvent.self) {
            update(event.requestID) { request in
                request.endedAt = event.timestamp
                // Chromium names no error for what a rule of ours blocked.
                let error = event.errorText.isEmpty ? "blocked" : event.errorText
                request.failure = error + (event.blockedReason.map { " (\($0.rawValue))" } ?? "")
            }
        } else if let event = message.as(NetworkDomain.RequestServedFromCacheEvent.self) {
            update(event.requestID) { $0.response?.isFromCache = true }
        } else if let event = message.as(NetworkDomain.RequestWillBeSentExtraInfoEvent.self) {
            chains[event.requestID, default: Chain()].requestHeaders.append(Self.headers(event.headers))
            addRequestHeaders(of: event.requestID)
        } else if let event = message.as(NetworkDomain.ResponseReceivedExtraInfoEvent.self) {
            chains[event.requestID, default: Chain()].responseHeaders
                .append((event.statusCode, Self.headers(event.headers)))
            addResponseHeaders(of: event.requestID)
        }
    }

    // MARK: Hops

    private mutating func began(_ event: NetworkDomain.RequestWillBeSentEvent, _ session: TargetDomain.SessionID?) {
        if let response = event.redirectResponse {
            update(event.requestID) { request in
                request.respondedAt = event.timestamp
                request.endedAt = event.timestamp
                request.receivedBytes = Int(response.encodedDataLength)
                request.redirectURL = event.request.url
                request.take(response)
            }
            addResponseHeaders(of: event.requestID)
        } else if let number = chains[event.requestID]?.hops.last, let index = index(number), !requests[index].isOver {
            // The document of an out-of-process frame is told of by both its parent's session and its own.
            return
        }
        count += 1
        requests.append(
            NetworkRequest(
                number: count,
                id: event.requestID,
                session: session,
                page: page,
                frame: event.frameID,
                loader: event.loaderID,
                method: event.request.method,
                url: event.request.url,
                resourceType: event.type?.rawValue ?? "Other",
                documentURL: event.documentURL,
                headers: Self.headers(event.request.headers),
                postData: event.request.postData.map { Self.cut($0) },
                wallTime: event.wallTime,
                startedAt: event.timestamp
            )
        )
        chains[event.requestID, default: Chain()].hops.append(count)
        addRequestHeaders(of: event.requestID)
        if requests.count > Self.limit { forgetOldest() }
    }

    private mutating func forgetOldest() {
        let oldest = requests.removeFirst()
        if chains[oldest.id]?.hops.last == oldest.number { chains[oldest.id] = nil }
        // Headers of requests that never came.
        if chains.count > 2 * Self.limit { chains = chains.filter { !$0.value.hops.isEmpty } }
    }

    private func index(_ number: Int) -> Int? {
        let index = number - dropped - 1
        return requests.indices.contains(index) ? index : nil
    }

    private mutating func update(_ id: NetworkDomain.RequestID, _ body: (inout NetworkRequest) -> Void) {
        guard let number = chains[id]?.hops.last, let index = index(number) else { return }
        body(&requests[index])
    }

    private mutating func addRequestHeaders(of id: NetworkDomain.RequestID) {
        guard let chain = chains[id] else { return }
        for (number, headers) in zip(chain.hops, chain.requestHeaders) {
            if let index = index(number) { requests[index].headers = headers }
        }
    }

    private mutating func addResponseHeaders(of id: NetworkDomain.RequestID) {
        guard let chain = chains[id] else { return }
        for (number, extra) in zip(chain.hops, chain.responseHeaders) {
            // A 304 has its own few headers; the page sees those of the kept response.
            guard let index = index(number), requests[index].response?.status == extra.status else { continue }
            requests[index].response?.headers = extra.headers
        }
    }

    // MARK: Headers

    /// Their values let in whoever has them.
    private static let credentials: Set<String> = ["authorization", "proxy-authorization", "cookie", "set-cookie"]

    static func headers(_ object: JSONObject) -> [NetworkRequest.Header] {
        object.flatMap { name, value -> [NetworkRequest.Header] in
            guard !credentials.contains(name.lowercased()) else {
                return [NetworkRequest.Header(name: name, value: "[secret]")]
            }
            // Chromium joins what came several times by line feeds.
            return (value.string ?? "").split(separator: "\n", omittingEmptySubsequences: false).map {
                NetworkRequest.Header(name: name, value: String($0))
            }
        }
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= bodyLimit ? text : String(decoding: text.utf8.prefix(bodyLimit), as: UTF8.self) + "…"
    }
}

extension NetworkRequest {
    fileprivate mutating func take(_ response: NetworkDomain.Response) {
        self.response = Response(
            status: response.status,
            statusText: response.statusText,
            headers: NetworkLog.headers(response.headers),
            mimeType: response.mimeType,
            networkProtocol: response.protocol,
            remoteAddress: response.remoteIPAddress.map { String($0.drop { $0 == "[" }.prefix { $0 != "]" }) },
            isFromCache: response.fromDiskCache == true,
            timing: response.timing
        )
    }
}
