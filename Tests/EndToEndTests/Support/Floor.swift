import EventLoops
import FixtureServer
import HTTPClient
import JSON
import TestSupport
import Testing

/// A Redis, a server without workers, two workers and a mail service.
struct Floor: Sendable {
    let server: RunningServer
    let workers: [RunningProgram]
    let fixtures: Fixtures
    let desk: Desk

    static func with(_ body: (Floor) async throws -> Void) async throws {
        try await withRedis { redis, loop in
            let fixtures = try await Fixtures.start(on: loop)
            let result: Result<Void, any Error>
            do {
                result = .success(try await Desk.with { try await run(at: $0, redis.url, fixtures, body) })
            } catch {
                result = .failure(error)
            }
            await fixtures.close()
            try result.get()
        }
    }

    private static func run(
        at desk: Desk,
        _ redis: String,
        _ fixtures: Fixtures,
        _ body: (Floor) async throws -> Void
    ) async throws {
        var desk = desk
        desk.environment["CPA_REDIS_URL"] = redis
        desk.environment["CPA_LEASE"] = "3s"
        desk.environment["CPA_GRAPH_TENANT"] = fixtures.application.tenant
        desk.environment["CPA_GRAPH_CLIENT_ID"] = fixtures.application.clientID
        desk.environment["CPA_GRAPH_CLIENT_SECRET"] = fixtures.application.clientSecret
        desk.environment["CPA_GRAPH_LOGIN_URL"] = fixtures.graphURL
        desk.environment["CPA_GRAPH_URL"] = fixtures.graphURL + "/v1.0"
        try await desk.serve(["--workers", "0"]) { server in
            let arguments = ["worker", "--scheduler", server.url, "--workers", "1"]
            let first = try await desk.start(arguments, until: "Worker started")
            try await first.use {
                let second = try await desk.start(arguments, until: "Worker started")
                try await second.use {
                    try await body(Floor(server: server, workers: [first, second], fixtures: fixtures, desk: desk))
                }
            }
        }
    }

    /// Kills the worker of this name (SIGKILL).
    func kill(_ name: String) async throws {
        for worker in workers where name.contains("-\(await worker.process.processID)-") { return await worker.kill() }
        Issue.record("no worker is called \(name)")
    }

    /// Mail lies in the outbox for so long, where nobody may be able to see it.
    func delaySending(milliseconds: Int, isOutboxVisible: Bool = true) async throws {
        let answer = try await desk.transport.execute(
            HTTPClientRequest(
                method: "POST",
                url: fixtures.graphURL + "/_control/settings",
                body: .bytes(
                    Array(#"{"send_delay_ms": \#(milliseconds), "outbox_visible": \#(isOutboxVisible)}"#.utf8)
                )
            )
        )
        try #require((200...299).contains(answer.status))
    }

    /// Returns when a worker has asked the mail service to send a draft.
    func sendingWasAskedFor() async throws {
        let log = HTTPClientRequest(method: "GET", url: fixtures.graphURL + "/_control/requests")
        while true {
            try Task.checkCancellation()
            let answer = try await desk.transport.execute(log)
            if String(decoding: answer.body, as: UTF8.self).contains("/send") { return }
        }
    }

    /// What was sent from the mailbox of the fixtures.
    func sent() async -> [JSONObject] {
        await fixtures.graph.messages(of: "buero@kanzlei.example", in: "sentitems")
    }
}
