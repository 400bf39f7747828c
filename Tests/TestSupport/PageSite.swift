import FoundationEssentials
package import HTTPServer

/// Serves fixtures/pages, and a few answers no file can give.
package struct PageSite: HTTPHandler {
    /// The directory of the pages.
    package static let pages = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "fixtures/pages").path

    /// A site.
    package init() {}

    /// Answers with a page, or one of the few answers no file can give.
    package func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        switch request.path {
        case "/echo": return .html("<title>Echo</title><h1>\(request.method) \(request.query ?? "")</h1>")
        case "/guarded":
            // anna and geheim-site (RFC 7617).
            guard request.headers["Authorization"] == "Basic YW5uYTpnZWhlaW0tc2l0ZQ==" else {
                return HTTPResponse(status: 401, headers: ["WWW-Authenticate": "Basic realm=\"site\""])
            }
            return .html("<title>Guarded</title><h1>Hello anna</h1>")
        case "/nothing": return HTTPResponse(status: 204)
        case "/file":
            return HTTPResponse(
                status: 200,
                headers: ["Content-Type": "application/pdf", "Content-Disposition": "attachment; filename=\"a.pdf\""],
                body: .bytes(Array("%PDF-1.4".utf8))
            )
        default:
            let name = String(request.path.drop { $0 == "/" })
            guard !name.contains("/"), let data = FileManager.default.contents(atPath: "\(Self.pages)/\(name)") else {
                return .html("<title>Nothing here</title>", status: 404)
            }
            return .bytes([UInt8](data), type: "text/html; charset=utf-8")
        }
    }
}
