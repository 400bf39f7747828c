import EventLoops
import HTTPClient
import JSON
import Security
import WebSockets

/// The API of a `cpa serve`, for the commands that talk to one.
struct SchedulerClient {
    let loop: EventLoop
    private let transport: CurlTransport
    private let base: String
    private let key: String
    /// Where the key came from, in words.
    private let keySource: String
    private let certificateAuthorities: String?

    /// Opens a client for the duration of a closure.
    static func with<R>(_ configuration: Configuration, _ body: (SchedulerClient) async throws -> R) async throws -> R {
        let key = try RemoteWorker.apiKey(configuration)
        let loop = EventLoop(name: "cpa-client")
        let authorities = configuration[.schedulerCAFile]
        let transport = CurlTransport(on: loop, settings: CurlSettings(certificateAuthorities: authorities))
        let url = configuration.text(.schedulerURL)
        let client = SchedulerClient(
            loop: loop,
            transport: transport,
            base: url.hasSuffix("/") ? String(url.dropLast()) : url,
            key: key,
            keySource: configuration.origin(of: .apiKey).map { "\($0)" } ?? Paths(configuration).apiKey,
            certificateAuthorities: authorities
        )
        let result: Result<R, any Error>
        do {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        await loop.shutdown()
        return try result.get()
    }

    func get(_ path: String) async throws -> JSONObject { try await call("GET", path) }

    func post(_ path: String, _ body: JSONObject) async throws -> JSONObject {
        try await call("POST", path, body: .bytes(body.serialized()), type: "application/json")
    }

    /// Whose jobs the key is good for, or why the API does not take it at all.
    ///
    /// - Throws: `HostError` when it does not answer.
    func reach() async throws -> (reach: WorkReach, tenant: String, refusal: String?) {
        let response = try await send("GET", "/me", .none, nil)
        let answer = (try? JSONValue(parsing: response.body))?.object ?? [:]
        if [401, 403].contains(response.status) {
            return (.none, "", answer["detail"]?.string ?? "it answers \(response.status)")
        }
        guard let reach = answer["works_for"]?.string.flatMap(WorkReach.init(rawValue:)) else {
            let words = Self.sentence(response).map { ": \($0.visible)" } ?? ""
            throw HostError(.unavailable, "\(base) answers \(response.status) when it is asked about the key\(words)")
        }
        return (reach, answer["tenant"]?.string ?? "", nil)
    }

    /// Sends one request and reads the JSON it answers.
    ///
    /// - Parameter place: what people call the place in the body a pointer leads to.
    /// - Throws: `HostError` that says what the API said, or that it does not answer.
    func call(
        _ method: String,
        _ path: String,
        body: HTTPClientRequest.Body = .none,
        type: String? = nil,
        place: (String) -> String = { $0 }
    ) async throws -> JSONObject {
        let response = try await send(method, path, body, type)
        guard (200...299).contains(response.status) else { throw problem(response, place) }
        guard let answer = (try? JSONValue(parsing: response.body))?.object else {
            throw HostError(.unavailable, "\(base) answered something that is no JSON: is it the API of cpa?")
        }
        return answer
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: HTTPClientRequest.Body,
        _ type: String?
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(method: method, url: base + path, headers: [("X-API-Key", key)], body: body)
        if let type { request.headers.append(("Content-Type", type)) }
        do {
            return try await transport.execute(request)
        } catch let error as HTTPClientError {
            throw silence(error)
        }
    }

    /// Nothing came of a request: nobody is there, or it is not who we trust.
    private func silence(_ error: HTTPClientError) -> HostError {
        guard error.code == .tls else {
            return HostError(
                .unavailable,
                "the API at \(base) does not answer: \(error.message); is 'cpa serve' running there? "
                    + "(CPA_SCHEDULER_URL or --scheduler says where)"
            )
        }
        let remedy =
            error.message.contains("certificate")
            ? "CPA_SCHEDULER_CA_FILE names the PEM file of the authorities to trust for it"
            : "does it speak https there? (CPA_SCHEDULER_URL or --scheduler says where)"
        return HostError(.unavailable, "no TLS with the API at \(base): \(error.message); \(remedy)")
    }

    /// A client for the API's WebSockets, which trusts whom requests trust.
    ///
    /// A server that vanished without a word is noticed after 40 s.
    func webSockets() -> WebSocketClient {
        WebSocketClient(
            on: loop,
            certificateAuthorities: certificateAuthorities,
            limits: WebSocketClientLimits(pingInterval: .seconds(30), pongTimeout: .seconds(10))
        )
    }

    /// Where a WebSocket of the API is, and the subprotocols that carry the key.
    func socket(_ path: String) -> (url: String, subprotocols: [String]) {
        // http becomes ws, https wss.
        let place = base.lowercased().hasPrefix("http") ? "ws" + base.dropFirst(4) : base
        return (place + path, ["cpa.v1", "key.\(key)"])
    }

    /// Fetches a file.
    ///
    /// - Throws: `HostError`; what was written until then stays.
    func download(_ path: String, to file: String, limit: Int) async throws {
        var request = HTTPClientRequest(method: "GET", url: base + path, headers: [("X-API-Key", key)])
        request.sink = .file(path: file, limit: limit)
        request.timeout = .seconds(600)
        request.stallLimit = .seconds(60)
        let response: HTTPClientResponse
        do {
            response = try await transport.execute(request)
        } catch let error as HTTPClientError {
            throw HostError(.unavailable, "cannot fetch \(path): \(error.message)")
        }
        guard (200...299).contains(response.status) else {
            throw problem(response)
        }
    }

    /// What a server says in plain text, as ours does below the API: of a port that speaks HTTPS, of a host it does not know.
    private static func sentence(_ response: HTTPClientResponse) -> String? {
        let type = response.headers.first { $0.name.lowercased() == "content-type" }?.value
        guard type?.lowercased().hasPrefix("text/plain") == true else { return nil }
        let text = String(decoding: response.body.prefix(1000), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first.map { String($0.prefix(300)) }
    }

    /// What a problem (RFC 9457) says, one line a detail.
    private func problem(
        _ response: HTTPClientResponse,
        _ place: (String) -> String = { $0 }
    ) -> HostError {
        let status = response.status
        let answer = (try? JSONValue(parsing: response.body))?.object
        let words = Self.sentence(response).map { ": \($0)" } ?? ""
        var lines = [answer?["detail"]?.string ?? "the API answered \(status)\(words)"]
        let details = (answer?["errors"]?.array ?? []).compactMap { error -> String? in
            guard let detail = error["detail"]?.string else { return nil }
            return [error["pointer"]?.string.map(place), detail].compactMap(\.self).joined(separator: ": ")
        }
        // One detail is the sentence itself, mostly.
        let isSaid = answer?["errors"]?[0]?["detail"]?.string.map(lines[0].contains) ?? true
        if details.count > 1 || !isSaid { lines += details }
        lines += hint(answer ?? [:], status).map { [$0] } ?? []
        let code: ExitCode =
            switch status {
            // Of the gateways before it, too.
            case 429, 502, 503, 504: .tryLater
            case 400, 422: .problem
            default: .failed
            }
        // Details quote what somebody sent: only the breaks between them are ours.
        return HostError(code, lines.map(\.visible).joined(separator: "\n"))
    }

    /// How commands call what the API tells in its own words; nil where both are the same.
    private func hint(_ problem: JSONObject, _ status: Int) -> String? {
        switch problem["code"]?.string {
        case "unknown_intent": return "'cpa intents list' shows what sentences may ask for"
        case "invalid_slots":
            let pointers = (problem["errors"]?.array ?? []).compactMap { $0["pointer"]?.string }
            return pointers.contains { $0.hasPrefix("/slots/") } ? "slots are given with --slot name=value" : nil
        default:
            guard status == 401 else { return nil }
            return "the key is that of \(keySource); CPA_API_KEY hands over another, --data-dir says where 'cpa serve' "
                + "keeps its first"
        }
    }
}
