import HTTPServer
import JSON
import JobQueue
import JobScheduler

/// Whether it lives, whether it takes work, how it is.
enum HealthRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "GET",
            "/livez",
            "Whether the process answers; looks at nothing else",
            .open,
            answers: [.json(status, "It does")],
            body: live
        ),
        APIRoute(
            "GET",
            "/readyz",
            "Whether jobs are accepted",
            .open,
            answers: [.json(status, "They are"), .json(503, status, "They are not")],
            body: ready
        ),
        APIRoute(
            "GET",
            "/health",
            "A summary; details with a key",
            .openWithDetails,
            answers: [.json(.ref("Health"), "It works"), .json(503, .ref("Health"), "It does not")],
            body: health
        ),
    ]

    /// What health looks like.
    static let schemas: [(name: String, schema: APISchema)] = [
        (
            "Health",
            .object([
                "status": .choice(["ok", "degraded", "unavailable"]), "version?": .text, "draining?": .bool,
                "store?": .text, "disk?": .choice(["ok", "full"]), "index?": .text, "paused?": .bool,
                "queue?": .ref("Depth"), "watchers?": .count,
            ])
        )
    ]

    private static let status = APISchema.object(["status": .choice(["ok", "draining", "unavailable"])])

    /// Asked often and never another one.
    private static let alive = (["status": "ok"] as JSONObject).serialized()

    private static func live(_ call: APICall) async throws -> HTTPResponse { call.answer(alive) }

    private static func ready(_ call: APICall) async throws -> HTTPResponse {
        let isDraining = call.server.isDraining
        let isReady = await call.scheduler.readiness().isReady && !isDraining
        let word = isDraining ? "draining" : isReady ? "ok" : "unavailable"
        return call.answer(["status": .string(word)], status: isReady ? 200 : 503)
    }

    private static func health(_ call: APICall) async throws -> HTTPResponse {
        let health = await call.scheduler.health()
        let word = !health.isReady ? "unavailable" : health.isHealthy ? "ok" : "degraded"
        var json: JSONObject = ["status": .string(word)]
        if let caller = call.optionalCaller {
            json["version"] = .string(call.server.settings.version)
            json["draining"] = .bool(call.server.isDraining)
            json["store"] = .string(health.storeProblem ?? "ok")
            json["disk"] = health.hasRoom ? "ok" : "full"
            json["index"] = .string(health.indexProblem ?? "ok")
            json["paused"] = .bool(health.pausedSince != nil)
            if let depth = try? await call.scheduler.depth(for: caller, knowing: health) {
                json["queue"] = .object(depth.json)
            }
            json["watchers"] = .integer(Int64(health.watchers))
        }
        return call.answer(json, status: health.isReady ? 200 : 503)
    }

}

extension DispatchDepth {
    /// The numbers as clients see them.
    var json: JSONObject {
        [
            "ready": .integer(Int64(ready)), "delayed": .integer(Int64(delayed)), "leased": .integer(Int64(leased)),
        ]
    }
}
