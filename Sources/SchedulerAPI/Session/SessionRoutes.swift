import HTTPServer
import JobModel
import Security

/// Programs that drive a browser step by step (docs/sessions.md).
enum SessionRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "GET",
            "/ws/sessions",
            "Opens an interactive session over a WebSocket",
            .needs(.operator, .sessions),
            answers: [.empty(101, "The session speaks as docs/sessions.md tells")],
            problems: [426],
            body: open
        ),
        APIRoute(
            "GET",
            "/sessions/{id}/artifacts/{name}",
            "A file of a session at work, whole or in part",
            .needs(.operator, .sessions),
            parameters: [.ifNoneMatch, .range, .ifRange],
            answers: APIAnswer.file,
            problems: [416],
            body: download
        ),
    ]

    private static func open(_ call: APICall) async throws -> HTTPResponse {
        let response = try WebSocketUpgrade.response(to: call)
        guard let service = call.server.sessions else {
            throw Problem(
                status: 503,
                code: "unavailable",
                detail: "This server drives no browsers; ask one with 'workers' and 'sessions' above 0"
            )
        }
        if let refusal = await service.refusal(of: call.caller) {
            var problem = Problem(status: 503, code: refusal.code, detail: refusal.message)
            problem.retryAfter = 5
            throw problem
        }
        let (doorkeeper, caller, key) = (call.server.doorkeeper, call.caller, call.credential)
        return response { upgraded in
            await service.serve(upgraded, for: caller) {
                do {
                    return try await doorkeeper.authenticate(key) == caller
                } catch {
                    // A store or an identity provider that does not answer says nothing about the key.
                    return (error as? SecurityError)?.isRefusal != true
                }
            }
        }
    }

    private static func download(_ call: APICall) async throws -> HTTPResponse {
        let name = call.parameters["name"]
        let found = try await call.server.sessions?.file(name, of: call.parameters["id"], for: call.caller)
        guard let (artifact, path) = found else {
            throw Problem(
                status: 404,
                code: "not_found",
                detail: "There is no file '\(name.prefix(100))' of such a session; files go with their session"
            )
        }
        return try ArtifactRoutes.answer(artifact, at: path, to: call)
    }
}
