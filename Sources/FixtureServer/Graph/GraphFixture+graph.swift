import Cryptography
import HTTPServer
import JSON

/// Graph's share of the requests: who may do what, what is answered, in which form.
extension GraphFixture {
    private static let contentType =
        "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
    private static let batchLimit = 20

    /// Does what a request asks for.
    func act(_ request: HTTPRequest, _ body: [UInt8]?) -> HTTPResponse {
        if let response = respondAsIdentityPlatform(request, body ?? []) { return response }
        let ids = Self.ids(request)
        let answer: GraphAnswer
        do throws(GraphFailure) {
            guard let body else { throw .tooLarge }
            answer = try perform(call(request, body), UploadSession.key(in: request.segments))
        } catch {
            answer = .failure(error, requestID: ids.request, clientRequestID: ids.client, now: now())
        }
        return Self.response(answer, ids)
    }

    /// An error as the answer to a request.
    func answer(_ request: HTTPRequest, _ failure: GraphFailure) -> HTTPResponse {
        let ids = Self.ids(request)
        return Self.response(.failure(failure, requestID: ids.request, clientRequestID: ids.client, now: now()), ids)
    }

    /// The request in the form the mail service takes.
    func call(_ request: HTTPRequest, _ body: [UInt8]) -> GraphCall {
        GraphCall(
            method: request.method,
            segments: GraphPath.segments(request) ?? [],
            origin: Self.origin(request),
            uploadOrigin: uploadOrigin ?? Self.origin(request),
            path: request.path,
            query: request.queryFields,
            headers: request.headers,
            body: body,
            now: now()
        )
    }

    private func perform(_ call: GraphCall, _ upload: String?) throws(GraphFailure) -> GraphAnswer {
        if let upload { return try mail.upload(upload, call) }
        let roles = try identity.roles(authorization: call.headers["Authorization"], now: call.now)
        if call.segments == ["$batch"] { return try batch(call, roles) }
        return try perform(call, roles)
    }

    private func perform(_ call: GraphCall, _ roles: Set<String>) throws(GraphFailure) -> GraphAnswer {
        var call = call
        let accepted = Self.accepted(call)
        guard accepted.contains(where: roles.contains) else {
            throw call.segments.first == "admin" ? .insufficientPrivileges : .accessDenied
        }
        call.seesBasicsOnly = roles.isDisjoint(with: ["Mail.Read", "Mail.ReadWrite", "Mail.Send"])
        if let scope = identity.application.allowedMailboxes, call.segments.first == "users", call.segments.count > 1,
            !scope.contains((try mail.user(call.segments[1])))
        {
            throw .mailboxDenied
        }
        let answer = try mail.respond(to: call)
        return hasEmptyFirstPages ? Self.behindEmptyPage(answer, call) : answer
    }

    /// The answer, or, when it is the first page of a list, an empty page whose next one it is.
    private static func behindEmptyPage(_ answer: GraphAnswer, _ call: GraphCall) -> GraphAnswer {
        let isFirst = ["page", "skip", "skiptoken", "deltatoken"].allSatisfy { call.queryField($0) == nil }
        guard call.method == "GET", isFirst, case .json(var json) = answer.body, json["value"]?.array != nil else {
            return answer
        }
        json["value"] = []
        json["@odata.deltaLink"] = nil
        json["@odata.nextLink"] = .string(call.link(with: ["$page": "2"]))
        var empty = answer
        empty.body = .json(json)
        return empty
    }

    /// The permissions of which one is needed.
    private static func accepted(_ call: GraphCall) -> Set<String> {
        if call.segments.first == "admin" { return ["ExchangeMessageTrace.Read.All"] }
        if call.method == "POST" {
            switch call.segments.last?.lowercased() {
            case "send", "sendmail", "reply", "replyall", "forward": return ["Mail.Send"]
            case "translateexchangeids": return ["Mail.Read", "Mail.ReadBasic.All", "Mail.ReadWrite"]
            default: return ["Mail.ReadWrite"]
            }
        }
        guard call.method == "GET" else { return ["Mail.ReadWrite"] }
        let hasContent = call.segments.contains { ["attachments", "$value"].contains($0.lowercased()) }
        return hasContent ? ["Mail.Read", "Mail.ReadWrite"] : ["Mail.Read", "Mail.ReadBasic.All", "Mail.ReadWrite"]
    }

    // MARK: Batch

    /// `$batch`: up to twenty requests in one, in order; one whose forerunner failed is not done.
    private func batch(_ call: GraphCall, _ roles: Set<String>) throws(GraphFailure) -> GraphAnswer {
        guard call.method == "POST" else { throw .segment("$batch") }
        guard let parts = try call.json()["requests"]?.array, (1...Self.batchLimit).contains(parts.count) else {
            throw .badRequest("Number of batch request steps must be from 1 to \(Self.batchLimit).")
        }
        var statuses: [String: Int] = [:]
        var responses: [JSONValue] = []
        for part in parts {
            guard let id = part["id"]?.string, statuses[id] == nil else {
                throw .badRequest("A batch request step has no id, or one that another step has.")
            }
            var forerunners: [String] = []
            for name in part["dependsOn"]?.array?.compactMap(\.string) ?? [] {
                guard statuses[name] != nil else {
                    throw .badRequest("The step '\(id)' depends on '\(name)', which does not come before it.")
                }
                forerunners.append(name)
            }
            let answer =
                forerunners.allSatisfy { (200...299).contains(statuses[$0] ?? 0) }
                ? step(part, of: call, roles)
                : failed(
                    GraphFailure(
                        status: 424,
                        code: "FailedDependency",
                        message: "A request this one depends on has failed."
                    ),
                    call
                )
            statuses[id] = answer.status
            responses.append(.object(Self.batched(answer, id)))
        }
        return GraphAnswer(status: 200, body: .json(["responses": .array(responses)]))
    }

    private func step(_ part: JSONValue, of batch: GraphCall, _ roles: Set<String>) -> GraphAnswer {
        var headers: HTTPFields = []
        for (name, value) in part["headers"]?.object ?? JSONObject() { headers.append(name, value.string ?? "") }
        var body: [UInt8] = []
        switch part["body"] {
        case .object(let object)?: body = object.serialized()
        case .string(let text)?: body = (try? Base64.decode(text)) ?? []
        default: break
        }
        headers.append("Content-Length", String(body.count))
        var target = part["url"]?.string ?? ""
        // The official SDK writes absolute addresses when its base is not Microsoft's.
        if let path = target.firstRange(of: "/v1.0/") { target = String(target[path.upperBound...]) }
        if target.hasPrefix("/") { target.removeFirst() }
        let halves = target.split(separator: "?", maxSplits: 1)
        let request = HTTPRequest(
            method: part["method"]?.string?.uppercased() ?? "GET",
            path: "/v1.0/" + (halves.first ?? ""),
            query: halves.count > 1 ? String(halves[1]) : nil,
            headers: headers
        )
        let call = GraphCall(
            method: request.method,
            segments: GraphPath.segments(request) ?? [],
            origin: batch.origin,
            uploadOrigin: batch.uploadOrigin,
            path: request.path,
            query: request.queryFields,
            headers: headers,
            body: body,
            now: batch.now
        )
        do throws(GraphFailure) {
            guard call.segments != ["$batch"] else { throw .badRequest("A batch cannot hold a batch.") }
            return try perform(call, roles)
        } catch {
            return failed(error, batch)
        }
    }

    private func failed(_ failure: GraphFailure, _ call: GraphCall) -> GraphAnswer {
        let id = Self.makeID()
        let client = call.headers["client-request-id"] ?? id
        return .failure(failure, requestID: id, clientRequestID: client, now: call.now)
    }

    private static func batched(_ answer: GraphAnswer, _ id: String) -> JSONObject {
        var headers: JSONObject = ["Cache-Control": "private"]
        for (name, value) in answer.headers { headers[name] = .string(value) }
        var body: JSONValue?
        switch answer.body {
        case .none: break
        case .json(let json):
            headers["Content-Type"] = .string(contentType)
            body = .object(json)
        case .text(let text):
            headers["Content-Type"] = "text/plain"
            body = .string(Base64.encode(Array(text.utf8)))
        case .bytes(let bytes, let type):
            headers["Content-Type"] = .string(type)
            body = .string(Base64.encode(bytes))
        }
        var json: JSONObject = [
            "id": .string(id), "status": .integer(Int64(answer.status)), "headers": .object(headers),
        ]
        if let body { json["body"] = body }
        return json
    }

    // MARK: Form

    static func ids(_ request: HTTPRequest) -> (request: String, client: String) {
        let id = makeID()
        return (id, request.headers["client-request-id"] ?? id)
    }

    /// A new GUID.
    static func makeID() -> String {
        let hex = Array(Hex.encode(RandomBytes.generate(16)))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
    }

    /// Scheme and host the client used.
    static func origin(_ request: HTTPRequest) -> String {
        "\(request.isSecure ? "https" : "http")://\(request.headers["Host"] ?? "localhost")"
    }

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
            headers.append("Content-Type", contentType)
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
}
