import HTTPServer
import JSON

/// The API tells what it is.
enum DocumentRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "GET",
            "/openapi.json",
            "This API as OpenAPI 3.1",
            .open,
            answers: [.json(.members, "The document")],
            body: { call in
                call.answer(OpenAPIDocument.json(version: call.server.settings.version))
            }
        ),
        APIRoute(
            "GET",
            "/docs",
            "This API as a page to read",
            .open,
            answers: [.other("text/html; charset=utf-8", "The page")],
            body: { call in
                var response = HTTPResponse.html(DocumentPage(version: call.server.settings.version).html)
                // Nothing on the page comes from elsewhere, and nothing on it runs.
                response.headers["Content-Security-Policy"] =
                    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
                response.headers["X-Content-Type-Options"] = "nosniff"
                response.headers["Referrer-Policy"] = "no-referrer"
                return response
            }
        ),
    ]
}
