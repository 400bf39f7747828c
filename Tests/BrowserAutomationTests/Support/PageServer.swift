import EventLoops
import HTTPServer

/// A small web site of the tests' own.
struct PageServer {
    /// `http://127.0.0.1:<port>`.
    let address: String

    static func with<R: Sendable>(_ body: (PageServer) async throws -> R) async throws -> R {
        let loop = EventLoop(name: "site")
        let listener = try await HTTPListener.start(on: loop, settings: HTTPListenerSettings(), handler: router())
        let address = "http://127.0.0.1:\(await listener.localPort)"
        let result: Result<R, any Error>
        do { result = .success(try await body(PageServer(address: address))) } catch { result = .failure(error) }
        await listener.close()
        await loop.shutdown()
        return try result.get()
    }

    func callAsFunction(_ path: String) -> String { address + path }

    private static func router() -> HTTPRouter {
        var router = HTTPRouter()
        router.on("GET", "/page") { request, _ in
            .html("<title>\(request.query ?? "page")</title><a id=next href='/page?second'>next</a>")
        }
        router.on("GET", "/redirect") { _, _ in HTTPResponse(status: 302, headers: ["Location": "/page?landed"]) }
        router.on("GET", "/empty") { _, _ in HTTPResponse(status: 204) }
        router.on("GET", "/missing") { _, _ in .html("<h1>Nothing here</h1>", status: 404) }
        router.on("GET", "/script-redirect") { _, _ in .html("<script>location.href = '/page?landed'</script>") }
        router.on("GET", "/slow-image") { _, _ in .html("<title>slow</title><img src=/never>") }
        router.on("GET", "/silent") { _, _ in
            try await Task.sleep(for: .seconds(60))
            return HTTPResponse(status: 204)
        }
        router.on("GET", "/never") { _, _ in
            HTTPResponse(
                status: 200,
                body: .stream(length: 1000) {
                    try await Task.sleep(for: .seconds(60))
                    return nil
                }
            )
        }
        router.on("GET", "/file") { _, _ in
            HTTPResponse(
                status: 200,
                headers: [
                    "Content-Type": "application/octet-stream",
                    "Content-Disposition": "attachment; filename=\"../../evil name.bin\"",
                ],
                body: .bytes(Array(repeating: 7, count: 300_000))
            )
        }
        router.on("POST", "/report") { _, _ in
            HTTPResponse(
                status: 200,
                headers: ["Content-Type": "text/csv", "Content-Disposition": "attachment; filename=report.csv"],
                body: .bytes(Array("a;b".utf8))
            )
        }
        router.on("GET", "/script-file") { _, _ in
            .html("<title>starts</title><script>location.href = '/file'</script>")
        }
        router.on("GET", "/worker.js") { _, _ in
            HTTPResponse(
                status: 200,
                headers: ["Content-Type": "text/javascript"],
                body: .bytes(Array("onfetch = () => {}".utf8))
            )
        }
        router.on("GET", "/endless-file") { _, _ in
            HTTPResponse(
                status: 200,
                headers: ["Content-Type": "application/octet-stream", "Content-Disposition": "attachment"],
                body: .stream(length: nil) {
                    try await Task.sleep(for: .milliseconds(20))
                    return Array(repeating: 1, count: 1024)
                }
            )
        }
        router.on("GET", "/broken-file") { _, _ in
            let pieces = Pieces(count: 3)
            return HTTPResponse(
                status: 200,
                headers: ["Content-Type": "application/octet-stream", "Content-Disposition": "attachment"],
                body: .stream(length: 10_000_000) {
                    guard await pieces.take() else { throw HTTPServerError(.closed, "cut") }
                    return Array(repeating: 1, count: 65536)
                }
            )
        }
        router.on("GET", "/headers") { request, _ in .html(request.headers["x-portal"] ?? "none") }
        router.on("GET", "/links") { _, _ in
            .html(
                """
                <a id=file href=/file>file</a> <a id=popup target=_blank href='/page?popup'>popup</a>
                <a id=empty href=/empty>empty</a> <a id=page href='/page?linked'>page</a>
                """
            )
        }
        addNavigation(to: &router)
        return router
    }

    /// What navigations meet: other processes, forms, connections that stay open.
    private static func addNavigation(to router: inout HTTPRouter) {
        router.on("GET", "/isolated-redirect") { request, _ in
            let host = (request.headers["host"] ?? "").replacing("127.0.0.1", with: "localhost")
            return HTTPResponse(status: 302, headers: ["Location": "http://\(host)/isolated"])
        }
        router.on("GET", "/isolated") { _, _ in
            var page = HTTPResponse.html("<title>isolated</title><button onclick='title = 1'>B</button>")
            page.headers["Cross-Origin-Opener-Policy"] = "same-origin"
            return page
        }
        router.on("GET", "/form") { _, _ in
            .html("<form method=post action=/posted><input name=a value=b><button>Senden</button></form>")
        }
        router.on("POST", "/posted") { _, _ in .html("<title>posted</title>") }
        router.on("GET", "/listening") { _, _ in
            .html("<title>listening</title><script>new EventSource('/events')</script>")
        }
        router.on("GET", "/events") { _, _ in
            HTTPResponse(
                status: 200,
                headers: ["Content-Type": "text/event-stream"],
                body: .stream(length: nil) {
                    try await Task.sleep(for: .milliseconds(200))
                    return Array("data: x\n\n".utf8)
                }
            )
        }
        router.on("GET", "/openers") { _, _ in
            .html(
                """
                <a id=plain target=_blank rel=opener href='/page?plain'>plain</a>
                <a id=noopener target=_blank rel=noopener href='/page?noopener'>noopener</a>
                <button id=brief onclick="window.open('/page?brief').close()">brief</button>
                <button id=push onclick="setTimeout(() => history.pushState({}, '', '/page?pushed'), 100)">push</button>
                <button id=self onclick="location = '/empty'">leave</button>
                """
            )
        }
    }
}

private actor Pieces {
    private var left: Int
    init(count: Int) { left = count }
    func take() -> Bool {
        left -= 1
        return left >= 0
    }
}
