import Cryptography
import EventLoops
import FoundationEssentials
import HTTPServer
import JSON
import Testing

@testable import FixtureServer

/// Holds the fixture's answers against recorded answers of the real service (fixtures/graph).
@Suite struct RecordedShapeTests {
    private struct Recording {
        let request: String
        let headers: [String]
        let body: JSONValue?
    }

    private static func recordings() throws -> [Recording] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "fixtures/graph/recorded-responses.json")
        let json = try JSONValue(parsing: Array(try Data(contentsOf: path)))
        return (json.array ?? []).compactMap { item in
            guard let request = item["request"]?.string, let response = item["response"] else { return nil }
            return Recording(
                request: request,
                headers: response["headers"]?.object?.keys ?? [],
                body: response["body"]?.string.flatMap { try? JSONValue(parsing: $0) }
            )
        }
    }

    private static func recording(_ prefix: String) throws -> Recording {
        try #require(try recordings().first { $0.request.hasPrefix(prefix) })
    }

    /// Names with types, as far down as both go.
    private static func shape(_ value: JSONValue, _ path: String = "") -> Set<String> {
        switch value {
        case .object(let object):
            object.reduce(into: []) { $0.formUnion(shape($1.value, path + "/" + $1.key)) }
        case .array(let array):
            array.reduce(into: [path + ": array"]) { $0.formUnion(shape($1, path + "/*")) }
        default:
            [path + ": " + value.typeName]
        }
    }

    /// Headers every answer over HTTP has or that belong to the transport, not to the service.
    private static let transport: Set<String> = ["Content-Encoding", "Date", "Vary"]

    private static func run(_ body: (GraphFixture, String) async throws -> Void) async throws {
        let loop = EventLoop(name: "graph-test")
        let graph = GraphFixture(on: loop)
        let application = FixtureApplication()
        let form =
            "client_id=\(application.clientID)&client_secret=\(PercentCoding.encode(application.clientSecret))"
            + "&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        let answer = try await send(graph, "POST", "/\(application.tenant)/oauth2/v2.0/token", form)
        let token = try #require(answer.json["access_token"]?.string)
        try await body(graph, token)
        await loop.shutdown()
    }

    private static func send(
        _ graph: GraphFixture,
        _ method: String,
        _ path: String,
        _ body: String = "",
        token: String? = nil
    ) async throws -> (response: HTTPResponse, json: JSONValue) {
        var headers: HTTPFields = ["Host": "graph.microsoft.com", "Content-Type": "application/json"]
        if let token { headers.append("Authorization", "Bearer \(token)") }
        headers.append("Content-Length", String(body.utf8.count))
        let halves = path.split(separator: "?", maxSplits: 1)
        let pieces = [Array(body.utf8)]
        let sent = Pieces(pieces)
        let response = try await graph.respond(
            to: HTTPRequest(
                method: method,
                path: String(halves[0]),
                query: halves.count > 1 ? String(halves[1]) : nil,
                headers: headers,
                body: HTTPRequestBody(length: body.utf8.count) { await sent.next() }
            )
        )
        guard case .bytes(let bytes) = response.body else { return (response, .null) }
        return (response, (try? JSONValue(parsing: bytes)) ?? .null)
    }

    private actor Pieces {
        private var rest: [[UInt8]]
        init(_ pieces: [[UInt8]]) { rest = pieces.filter { !$0.isEmpty } }
        func next() -> [UInt8]? { rest.isEmpty ? nil : rest.removeFirst() }
    }

    @Test func `a new draft looks like a recorded one, members, types and headers`() async throws {
        let recorded = try Self.recording("POST /v1.0/me/messages")
        try await Self.run { graph, token in
            let body = #"{"subject":"Hello World","toRecipients":[{"emailAddress":{"address":"max@mustermann.de"}}]}"#
            let path = "/v1.0/users/buero@kanzlei.example/messages"
            let answer = try await Self.send(graph, "POST", path, body, token: token)
            #expect(answer.response.status == 201)
            #expect(Self.shape(answer.json) == Self.shape(try #require(recorded.body)))
            let names = Set(answer.response.headers.fields.map { $0.name.lowercased() })
            for header in recorded.headers where !Self.transport.contains(header) {
                #expect(names.contains(header.lowercased()), "missing header \(header)")
            }
            #expect(answer.json["isDraft"] == true)
            #expect(answer.json["isRead"] == true)
            #expect(answer.json["toRecipients"]?[0]?["emailAddress"]?["name"] == "max@mustermann.de")
            let id = try #require(answer.json["id"]?.string)
            #expect(
                answer.response.headers["Location"]
                    == "http://graph.microsoft.com/v1.0/users('buero@kanzlei.example')/messages('\(id)')"
            )
            #expect(
                answer.json["@odata.context"]?.string
                    == "http://graph.microsoft.com/v1.0/$metadata#users('buero%40kanzlei.example')/messages/$entity"
            )
            let deleted = try await Self.send(graph, "DELETE", "\(path)/\(id)", token: token)
            #expect(deleted.response.status == 204)
            #expect(deleted.response.headers["Content-Type"] == nil)
        }
    }

    @Test(arguments: ["drafts", "inbox", "sentitems", "junkemail", "deleteditems", "outbox", "archive"])
    func `a folder looks like the recorded one, localised name included`(folder: String) async throws {
        let recorded = try Self.recording("GET /v1.0/me/mailFolders/\(folder) HTTP")
        let selected = try Self.recording("GET /v1.0/me/mailFolders/\(folder)?$select=id")
        try await Self.run { graph, token in
            let path = "/v1.0/users('buero@kanzlei.example')/mailFolders('\(folder.uppercased())')"
            let answer = try await Self.send(graph, "GET", path, token: token)
            #expect(Self.shape(answer.json) == Self.shape(try #require(recorded.body)))
            #expect(answer.json["displayName"] == recorded.body?["displayName"])
            let short = try await Self.send(graph, "GET", path + "?%24select=id", token: token)
            #expect(Self.shape(short.json) == Self.shape(try #require(selected.body)))
            #expect(short.json["@odata.context"]?.string?.hasSuffix("/mailFolders(id)/$entity") == true)
        }
    }

    @Test(arguments: [
        ("messages/x", 400, "ErrorInvalidIdMalformed"),
        ("messages/AAMkAGAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 404, "ErrorItemNotFound"),
        ("mailFolders/AAMkAGAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 404, "ErrorItemNotFound"),
        ("messages?$filter=subject%20eq", 400, "BadRequest"),
        ("messages?$top=1001", 400, "BadRequest"),
        ("messages?$filter=isRead%20eq%20true&$orderby=subject", 400, "InefficientFilter"),
    ])
    func `what is asked wrongly is answered with the service's code`(path: String, status: Int, code: String)
        async throws
    {
        try await Self.run { graph, token in
            let answer = try await Self.send(graph, "GET", "/v1.0/users/buero@kanzlei.example/\(path)", token: token)
            #expect(answer.response.status == status)
            #expect(answer.json["error"]?["code"]?.string == code)
            #expect(answer.json["error"]?["innerError"]?["request-id"]?.string == answer.response.headers["request-id"])
        }
    }

    @Test func `without a token, with a wrong one and for /me the service refuses`() async throws {
        try await Self.run { graph, token in
            let path = "/v1.0/users/buero@kanzlei.example/messages"
            let none = try await Self.send(graph, "GET", path)
            #expect(none.response.status == 401)
            #expect(none.json["error"]?["code"] == "InvalidAuthenticationToken")
            #expect(try await Self.send(graph, "GET", path, token: "x.y.z").response.status == 401)
            #expect(try await Self.send(graph, "GET", "/v1.0/me/messages", token: token).response.status == 400)
        }
    }

    @Test func `both casings of parameters and both forms of action names are taken`() async throws {
        try await Self.run { graph, token in
            let message = #"{"subject":"s","toRecipients":[{"emailAddress":{"address":"anna@kunde.example"}}]}"#
            for (name, key) in [("sendMail", "message"), ("microsoft.graph.sendMail", "Message")] {
                let answer = try await Self.send(
                    graph,
                    "POST",
                    "/v1.0/users/buero@kanzlei.example/\(name)",
                    "{\"\(key)\":\(message),\"SaveToSentItems\":\"false\"}",
                    token: token
                )
                #expect(answer.response.status == 202)
            }
            #expect(await graph.messages(of: "anna@kunde.example", in: "inbox").count == 2)
            #expect(await graph.messages(of: "buero@kanzlei.example", in: "sentitems").isEmpty)
        }
    }

    @Test func `headers that do not begin with x, an empty header list and no receiver are refused`() async throws {
        try await Self.run { graph, token in
            let path = "/v1.0/users/buero@kanzlei.example/messages"
            for (headers, code) in [
                ("[]", "InvalidInternetMessageHeaderCollection"),
                (#"[{"name":"References","value":"a"}]"#, "InvalidInternetMessageHeader"),
            ] {
                let body = "{\"internetMessageHeaders\":\(headers)}"
                let answer = try await Self.send(graph, "POST", path, body, token: token)
                #expect(answer.json["error"]?["code"]?.string == code)
            }
            let draft = try await Self.send(graph, "POST", path, "{}", token: token)
            let id = try #require(draft.json["id"]?.string)
            let sent = try await Self.send(graph, "POST", "\(path)/\(id)/send", token: token)
            #expect(sent.json["error"]?["code"] == "ErrorInvalidRecipients")
        }
    }
}
