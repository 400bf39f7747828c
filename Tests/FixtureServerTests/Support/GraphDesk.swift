import Cryptography
import EventLoops
import FoundationEssentials
import HTTPServer
import JSON
import Synchronization
import Testing

@testable import FixtureServer

/// A fixture Graph without sockets, on a clock the test moves, and a token for it.
struct GraphDesk: Sendable {
    /// What came back.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]
        var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
        var text: String { String(decoding: bytes, as: UTF8.self) }
        /// `error.code`
        var code: String? { json["error"]?["code"]?.string }
        var id: String { json["id"]?.string ?? "" }
    }

    /// The connection broke.
    struct Cut: Error {}

    /// Time that stands still until it is moved.
    final class Clock: Sendable {
        private let time = Mutex<Int64>(1_795_000_000_000)
        var now: Int64 { time.withLock { $0 } }
        func advance(seconds: Int64) { time.withLock { $0 += seconds * 1000 } }
    }

    static let mailbox = "/v1.0/users/buero@kanzlei.example"
    static let receiver = "/v1.0/users/anna@kunde.example"

    let graph: GraphFixture
    let clock: Clock
    let token: String

    static func run(
        _ application: FixtureApplication = FixtureApplication(),
        _ body: (GraphDesk) async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "graph-test")
        let clock = Clock()
        let graph = GraphFixture(application, on: loop, now: { clock.now })
        let desk = GraphDesk(graph: graph, clock: clock, token: "")
        try await body(GraphDesk(graph: graph, clock: clock, token: try await desk.newToken()))
        await loop.shutdown()
    }

    /// Asks for a token with the secret.
    func newToken(claims: String? = nil) async throws -> String {
        let application = FixtureApplication()
        var form =
            "client_id=\(application.clientID)&client_secret=\(PercentCoding.encode(application.clientSecret))"
            + "&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        if let claims { form += "&claims=\(PercentCoding.encode(claims))" }
        let answer = try await send("POST", "/\(application.tenant)/oauth2/v2.0/token", form, authorization: nil)
        return try #require(answer.json["access_token"]?.string)
    }

    /// Sends one request, with the token unless another `Authorization` is given.
    @discardableResult
    func send(
        _ method: String,
        _ target: String,
        _ body: String = "",
        headers extra: HTTPFields = [],
        authorization: String?? = .none
    ) async throws -> Answer {
        try await send(method, target, bytes: Array(body.utf8), headers: extra, authorization: authorization)
    }

    /// Sends one request with any bytes.
    @discardableResult
    func send(
        _ method: String,
        _ target: String,
        bytes: [UInt8],
        headers extra: HTTPFields = [],
        authorization: String?? = .none
    ) async throws -> Answer {
        var headers: HTTPFields = ["Host": "graph.microsoft.com", "Content-Length": String(bytes.count)]
        if let given = authorization ?? .some("Bearer \(token)") { headers.append("Authorization", given) }
        for (name, value) in extra.fields { headers.append(name, value) }
        if !bytes.isEmpty, headers["Content-Type"] == nil { headers.append("Content-Type", "application/json") }
        let halves = target.split(separator: "?", maxSplits: 1)
        let source = Once(bytes)
        let response: HTTPResponse
        do {
            response = try await graph.respond(
                to: HTTPRequest(
                    method: method,
                    path: String(halves[0]),
                    query: halves.count > 1 ? String(halves[1]) : nil,
                    headers: headers,
                    body: HTTPRequestBody(length: bytes.count) { await source.take() }
                )
            )
        } catch is HTTPServerError {
            throw Cut()
        }
        let answer = Answer(
            status: response.status,
            headers: response.headers,
            bytes: try await Self.bytes(response.body)
        )
        try Self.holdAgainstSchema(method, String(halves[0]), answer)
        return answer
    }

    /// Every answer of Graph must be one that its OpenAPI description allows.
    private static func holdAgainstSchema(_ method: String, _ path: String, _ answer: Answer) throws {
        guard let segments = GraphPath.segments(HTTPRequest(method: method, path: path)) else { return }
        let json = try? JSONValue(parsing: answer.bytes)
        // Broken answers, as faults give them, are no JSON.
        guard json != nil || answer.bytes.isEmpty, answer.status != 200 || json?["error"] == nil else { return }
        let problems = try GraphSchema.shared.get().problems(method, segments, status: answer.status, body: json)
        #expect(problems ?? [] == [], "\(method) \(path) → \(answer.status)")
    }

    /// Follows a link of an answer.
    func follow(_ link: JSONValue?, headers: HTTPFields = []) async throws -> Answer {
        let url = try #require(link?.string)
        let path = try #require(url.firstRange(of: "/v1.0/"))
        return try await send("GET", String(url[path.lowerBound...]), headers: headers)
    }

    /// A draft to the receiver.
    func draft(_ subject: String, headers: HTTPFields = []) async throws -> Answer {
        let body =
            #"{"subject":"\#(subject)","toRecipients":[{"emailAddress":{"address":"anna@kunde.example"}}],"#
            + #""body":{"contentType":"html","content":"<p>Guten Tag &amp; Gruß</p>"}}"#
        let answer = try await send("POST", Self.mailbox + "/messages", body, headers: headers)
        try #require(answer.status == 201)
        return answer
    }

    /// A mail that was sent.
    func sent(_ subject: String) async throws {
        let draft = try await draft(subject)
        let answer = try await send("POST", "\(Self.mailbox)/messages/\(draft.id)/send")
        try #require(answer.status == 202)
    }

    /// A file as JSON.
    static func attachment(_ name: String, type: String = "text/plain", base64: String = "YQ==") -> String {
        ##"{"@odata.type":"#microsoft.graph.fileAttachment","name":"\##(name)","contentType":"\##(type)","##
            + ##""contentBytes":"\##(base64)"}"##
    }

    /// Receivers as JSON.
    static func people(_ addresses: String...) -> String {
        "[" + addresses.map { #"{"emailAddress":{"address":"\#($0)"}}"# }.joined(separator: ",") + "]"
    }

    private static func bytes(_ body: HTTPResponse.Body) async throws -> [UInt8] {
        switch body {
        case .bytes(let bytes): return bytes
        case .stream(_, let next):
            var bytes: [UInt8] = []
            do {
                while let piece = try await next() { bytes += piece }
            } catch is HTTPServerError {
                throw Cut()
            }
            return bytes
        case .file, .upgrade:
            throw Cut()
        }
    }

    private actor Once {
        private var bytes: [UInt8]?
        init(_ bytes: [UInt8]) { self.bytes = bytes.isEmpty ? nil : bytes }
        func take() -> [UInt8]? {
            defer { bytes = nil }
            return bytes
        }
    }
}
