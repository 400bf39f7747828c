import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage
import Telemetry

/// One request on its way through the API.
struct APICall: Sendable {
    let server: APIServer
    let request: HTTPRequest
    let parameters: HTTPPathParameters
    /// Root of the path that was used: empty or `/api/v1`.
    let root: String
    /// Names the request in logs and answers.
    let id: String
    /// Who calls; nil on open routes without a valid key.
    let optionalCaller: Principal?
    /// The key or token that the caller showed.
    let credential: String?
    /// Whether the caller came by a ticket, as only pages do.
    let isByTicket: Bool

    /// Names request, tenant and trace with every line; made when there is one to write.
    var logger: Logger {
        var logger = server.logger.with("request", id)
        if let optionalCaller { logger = logger.with("tenant", optionalCaller.tenant.rawValue) }
        if let trace = TraceContext.parent(of: request) { logger = logger.with("trace", trace) }
        return logger
    }

    var scheduler: Scheduler { server.scheduler }

    /// Who calls a route that needs a key.
    var caller: Principal {
        guard let optionalCaller else { preconditionFailure("Cannot ask for the caller of an open route") }
        return optionalCaller
    }

    /// What jobs and the audit remember of the request.
    var origin: RequestOrigin { RequestOrigin(request: id, trace: TraceContext.parent(of: request)) }

    /// The job the path names.
    var job: JobID { JobID(parameters["id"]) }

    // MARK: Input

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// A parameter of the query read by `read`.
    ///
    /// - Throws: `Problem` that names it.
    func query<Value>(_ name: String, _ expected: String, _ read: (String) -> Value?) throws -> Value? {
        guard let text = try request.queryItem(name) else { return nil }
        guard let value = read(text) else {
            throw Problem.parameter(name, "must be \(expected), is '\(text.prefix(60))'")
        }
        return value
    }

    /// Refuses a request that announces no body.
    func requireBody() throws {
        guard request.headers["content-length"] == nil, request.headers["transfer-encoding"] == nil else { return }
        throw HTTPServerError(.lengthRequired, "\(request.method) \(request.path) needs a body")
    }

    /// The whole body, without a byte order mark; it must not be empty.
    func body() async throws -> [UInt8] {
        try requireBody()
        var bytes = try await request.body.collect(upTo: server.settings.bodyLimit)
        // RFC 8259 §8.1 lets who reads ignore it. JSON that kept it would be taken for YAML.
        if bytes.starts(with: Self.byteOrderMark) { bytes.removeFirst(Self.byteOrderMark.count) }
        guard !bytes.isEmpty else {
            throw Problem(status: 400, code: "invalid_input", detail: "The body is empty; send a JSON object")
        }
        return bytes
    }

    /// The body as JSON; nobody asks where in it a value stands.
    func value() async throws -> JSONValue {
        let bytes = try await body()
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw InvalidInput(error)
        }
    }

    /// The body as a JSON object; an empty one when none was sent and `isRequired` is false.
    func object(isRequired: Bool = true) async throws -> JSONObject {
        try checkType(["application/json"])
        let hasBody = request.body.length != 0
        guard isRequired || hasBody else { return [:] }
        let value = try await value()
        guard let object = value.object else {
            throw Problem.member("", "the body must be an object, is \(value.typeName)")
        }
        return object
    }

    /// Refuses bodies of other types; a missing `Content-Type` is fine.
    func checkType(_ accepted: [String]) throws {
        guard let type = request.headers["content-type"], !accepted.contains(type) else { return }
        let name = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard accepted.contains(name) || name.hasSuffix("+json") && accepted.contains("application/json") else {
            throw Problem(
                status: 415,
                code: "unsupported_media_type",
                detail: "Content-Type '\(type.prefix(80))' is not read here; send \(accepted.joined(separator: " or "))"
            )
        }
    }

    /// Refuses new work while the server shuts down.
    func refuseWhileDraining() throws {
        guard server.isDraining else { return }
        throw Problem(
            status: 503,
            code: "draining",
            detail: "This scheduler is shutting down; submit again in a moment",
            retryAfter: 5
        )
    }

    /// Refuses callers of other tenants what concerns all of them.
    func keepToTheHouse(_ deed: String) throws {
        guard caller.tenant != .default else { return }
        throw Problem(
            status: 403,
            code: "forbidden",
            detail: "Only a key of the tenant '\(TenantID.default)' can \(deed)"
        )
    }

    // MARK: Waiting

    /// How long the answer may wait (`?wait=`); nil when the caller does not say.
    func wait() throws -> Duration? {
        let limit = server.settings.waitLimit
        return try query("wait", "a duration such as 30s, at most \(limit.components.seconds)s") { text in
            Duration(scenario: .string(text)).flatMap { $0 <= limit ? $0 : nil }
        }
    }

    /// Waits for something as long as the caller's key or token is good: who lost it meanwhile hears of nothing more.
    ///
    /// - Throws: `SecurityError` when it is good no more, and what `body` throws.
    func whileAllowed<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        let result = try await withThrowingTaskGroup(of: R.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: server.settings.keyCheckInterval)
                    try await checkCredential()
                }
            }
            guard let result = try await group.next() else { preconditionFailure("Cannot wait for nothing") }
            group.cancelAll()
            return result
        }
        try await checkCredential()
        return result
    }

    private func checkCredential() async throws {
        do {
            _ = try await server.doorkeeper.authenticate(credential)
        } catch let error as SecurityError where error.isRefusal {
            throw error
        } catch {
            // The store or the identity provider does not answer: that says nothing about the key.
        }
    }

    // MARK: Output

    /// An object as the answer.
    func answer(_ json: JSONObject, status: Int = 200, headers: HTTPFields = []) -> HTTPResponse {
        answer(json.serialized(), status: status, headers: headers)
    }

    /// An object as the answer, in its words.
    func answer(_ json: [UInt8], status: Int = 200, headers: HTTPFields = []) -> HTTPResponse {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return HTTPResponse(status: status, headers: headers, body: .bytes(json))
    }

    /// A path of the API under the root that was used.
    func link(_ path: String) -> String { root + path }
}
