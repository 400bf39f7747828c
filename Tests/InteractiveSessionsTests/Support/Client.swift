import JSON
import TestSupport

/// A client of a session, by hand.
struct Client: Sendable {
    let raw: RawClient

    func send(_ message: JSONObject) async { await raw.send(ClientFrame.text(message.text()).bytes) }
    func send(text: String) async { await raw.send(ClientFrame.text(text).bytes) }

    func task(_ id: Int, _ action: String, _ members: JSONObject = [:]) async {
        let task = (["action": .string(action)] as JSONObject).merging(members)
        await send(["id": .init(id), "type": "task", "task": .object(task)])
    }

    /// The reply to a request.
    func reply(_ id: JSONValue, within limit: Duration = .seconds(30)) async -> JSONValue {
        let heard = await hear(within: limit) { heard in heard.messages.contains { Self.isReply($0, id) } }
        return heard.messages.first { Self.isReply($0, id) } ?? .null
    }

    private static func isReply(_ message: JSONValue, _ id: JSONValue) -> Bool {
        message["type"] == "reply" && message["id"] == id
    }

    /// What was heard once the condition holds, the server closed, or the time is over.
    func hear(within limit: Duration = .seconds(30), until condition: @Sendable (Heard) -> Bool) async -> Heard {
        Heard(await raw.receive(within: limit) { condition(Heard($0)) })
    }

    /// Everything until the server has closed.
    func hearAll(within limit: Duration = .seconds(30)) async -> Heard { await hear(within: limit) { $0.code != nil } }
}

/// What a client got so far.
struct Heard: Sendable {
    let messages: [JSONValue]
    let code: UInt16?
    let reason: String

    init(_ bytes: [UInt8]) {
        let frames = ServerFrame.all(in: bytes)
        messages = frames.filter { $0.opcode == 1 }.compactMap { try? JSONValue(parsing: $0.payload) }
        let close = frames.first { $0.opcode == 8 }
        code = close?.closeCode
        reason = String(decoding: close?.payload.dropFirst(2) ?? [], as: UTF8.self)
    }

    var events: [JSONValue] { messages.filter { $0["type"] == "event" } }
    var replies: [JSONValue] { messages.filter { $0["type"] == "reply" }.compactMap { $0["id"] } }
    func event(_ name: String) -> JSONValue? { events.first { $0["event"]?.string == name } }
}
