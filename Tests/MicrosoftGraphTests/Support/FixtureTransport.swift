import FixtureServer
import FoundationEssentials
import HTTPClient
import HTTPServer

/// Hands requests to the fixture without sockets; what would be a broken connection is an error.
struct FixtureTransport: HTTPTransport {
    struct Broken: Error {}

    let graph: GraphFixture

    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let body = try Self.bytes(request.body)
        let parts = request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        let target = "/" + (parts.count > 3 ? parts[3] : "")
        let halves = target.split(separator: "?", maxSplits: 1)
        var headers: HTTPFields = ["Host": String(parts[2])]
        for (name, value) in request.headers { headers.append(name, value) }
        if let body { headers.append("Content-Length", String(body.count)) }
        let source = Once(body ?? [])
        let response: HTTPResponse
        do {
            response = try await graph.respond(
                to: HTTPRequest(
                    method: request.method,
                    path: String(halves[0]),
                    query: halves.count > 1 ? String(halves[1]) : nil,
                    headers: headers,
                    body: HTTPRequestBody(length: body?.count ?? 0) { await source.take() }
                )
            )
        } catch is HTTPServerError {
            throw Broken()
        }
        guard case .bytes(let bytes) = response.body else { throw Broken() }
        if case .file(let path, _) = request.sink {
            try Data(bytes).write(to: URL(filePath: path))
            return HTTPClientResponse(status: response.status, headers: response.headers.fields)
        }
        return HTTPClientResponse(status: response.status, headers: response.headers.fields, body: bytes)
    }

    private static func bytes(_ body: HTTPClientRequest.Body) throws -> [UInt8]? {
        switch body {
        case .none: nil
        case .bytes(let bytes): bytes
        case .file(let path, let range): Array(try Data(contentsOf: URL(filePath: path))[range])
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
