import HTTPClient
import JSON
import TestSupport
import Testing

/// A `cpa serve` and how to reach it.
struct RunningServer: Sendable {
    let program: RunningProgram
    /// `127.0.0.1:…`
    let address: String
    let key: String
    let desk: Desk

    var url: String { "http://\(address)" }

    /// One request; without a key when `key` is empty.
    func call(
        _ method: String,
        _ path: String,
        _ body: JSONObject? = nil,
        key: String? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        let key = key ?? self.key
        var headers = key.isEmpty ? [] : [(name: "X-API-Key", value: key)]
        if body != nil { headers.append((name: "Content-Type", value: "application/json")) }
        let answer = try await desk.transport.execute(
            HTTPClientRequest(
                method: method,
                url: url + path,
                headers: headers,
                body: body.map { .bytes($0.serialized()) } ?? .none
            )
        )
        return (answer.status, (try? JSONValue(parsing: answer.body)) ?? .null)
    }

    /// Hands a scenario in; returns the job's id.
    func submit(_ scenario: JSONObject) async throws -> String {
        let answer = try await call("POST", "/jobs", ["scenario": .object(scenario)])
        try #require(answer.status == 202, "\(answer.json.text())")
        return try #require(answer.json["id"]?.string)
    }

    /// Opens `/ws/jobs/{id}`.
    func watch(_ job: String, since: Int64 = 0, key: String? = nil) async throws -> RawClient {
        let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
        let client = try await RawClient(on: desk.loop, port: port)
        var text = "GET /ws/jobs/\(job)?since=\(since) HTTP/1.1\r\nHost: \(address)\r\nUpgrade: websocket\r\n"
        text += "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        await client.send(text + "X-API-Key: \(key ?? self.key)\r\n\r\n")
        return client
    }

    /// Watches until `condition` holds or the job's watch has ended.
    func watched(
        _ job: String,
        within limit: Duration = .seconds(45),
        until condition: @Sendable (Watched) -> Bool = { _ in false }
    ) async throws -> Watched {
        let client = try await watch(job)
        let bytes = await client.receive(within: limit) { condition(Watched($0)) }
        await client.close()
        return Watched(bytes)
    }
}

/// What a watcher got so far.
struct Watched: Sendable {
    let events: [JSONValue]
    let closeCode: UInt16?

    init(_ bytes: [UInt8]) {
        let start = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
        let frames = ServerFrame.all(in: Array(bytes[start...]))
        events = frames.filter { $0.opcode == 1 }.compactMap { try? JSONValue(parsing: $0.payload) }
        closeCode = frames.first { $0.opcode == 8 }?.closeCode
    }

    var types: [String] { events.compactMap { $0["type"]?.string } }
    var sequence: [Int64] { events.compactMap { $0["seq"]?.int64 } }
    /// The state in the last message of the watch.
    var state: String? { events.last?["data"]?["state"]?.string }
    /// Who worked on the job, in order.
    var workers: [String] { events.compactMap { $0["data"]?["worker"]?.string } }
    /// Whether the step has begun.
    func hasBegun(_ step: String) -> Bool { events.contains { $0["step_id"]?.string == step } }
}
