import HTTPServer
import JobModel
import JobScheduler

/// `GET /ws/jobs/{id}`: everything is checked before the connection leaves HTTP.
enum WatchRoute {
    static func open(_ call: APICall) async throws -> HTTPResponse {
        let response = try WebSocketUpgrade.response(to: call)
        let since = try call.query("since", "a position from 0") { Int64($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 0
        // A wrong job is a 404 that every client understands, not a close code.
        try await call.scheduler.requireJob(call.job, for: call.caller)
        let session = WatchSession(call, since: since, key: call.credential)
        return response { await session.run(on: $0) }
    }
}
