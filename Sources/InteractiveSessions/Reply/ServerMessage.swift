import Executors
import JSON
import JobModel
import JobWorker
import Security

/// What the server says; docs/sessions.md lists the members.
enum ServerMessage {
    /// The version of the protocol.
    static let version: Int64 = 1

    static func hello(_ session: SessionID, _ limits: SessionLimits) -> JSONObject {
        [
            "type": "hello", "v": .integer(version), "session": .string(session.rawValue),
            "idle_s": .integer(limits.idle.components.seconds),
            "max_age_s": .integer(limits.maximumAge.components.seconds),
            "limits": [
                "requests": .init(limits.requests), "pages": .init(limits.pages),
                "message_bytes": .init(limits.messageBytes), "inline_bytes": .init(limits.inlineBytes),
            ],
        ]
    }

    static func reply(_ id: RequestID, result: JSONObject) -> JSONObject {
        ["type": "reply", "id": id.json, "ok": true, "result": .object(result)]
    }

    static func reply(_ id: RequestID?, error: JSONObject) -> JSONObject {
        ["type": "reply", "id": id?.json ?? .null, "ok": false, "error": .object(error)]
    }

    static func event(_ event: ExecutorEvent) -> JSONObject {
        var json: JSONObject = ["type": "event", "event": .string(event.kind.rawValue)]
        json["page"] = event.page.map(JSONValue.string)
        return json.merging(event.detail)
    }

    static func gap(_ count: Int) -> JSONObject {
        ["type": "event", "event": "gap", "dropped": .init(count)]
    }

    static func closing(_ end: SessionEnd) -> JSONObject {
        ["type": "event", "event": "closing", "code": .integer(Int64(end.rawValue)), "reason": .string(end.word)]
    }

    // MARK: Errors

    static func error(_ failure: StepFailure) -> JSONObject {
        var json = error(failure.reason.rawValue, failure.message, isRetryable: failure.isRetryable)
        json["url"] = failure.url.map(JSONValue.string)
        if !failure.callLog.isEmpty { json["call_log"] = .array(failure.callLog.map(JSONValue.string)) }
        if !failure.artifacts.isEmpty {
            json["artifacts"] = .array(failure.artifacts.map { .object($0.payload) })
            json["screenshot"] = .string(failure.artifacts.last?.name ?? "")
        }
        return json
    }

    static func error(_ refusal: SessionMachine.Refusal) -> JSONObject {
        switch refusal {
        case .notOpen: error("not_open", "The session has no pages yet; send a request of type 'open' first")
        case .alreadyOpen:
            error("invalid_input", "The session is open already; open another connection for another context")
        case .lost:
            error("browser_crashed", "The browser of this session is gone; send 'open' for another", isRetryable: true)
        case .idInUse:
            error("invalid_input", "A request of this id is still at work; give each request an id of its own")
        case .tooManyRequests(let limit):
            error("overloaded", "\(limit) requests run or wait already; wait for replies", isRetryable: true)
        case .tooManyPages(let limit):
            error("overloaded", "The session has \(limit) pages already; close one with close_page")
        case .closing(let end): error("closing", "The session ends: \(end.word)")
        case .cancelled: error("cancelled", "The request was stopped before it began")
        }
    }

    static func error(_ reason: String, _ message: String, isRetryable: Bool = false) -> JSONObject {
        ["reason": .string(reason), "message": .string(message), "retryable": .bool(isRetryable)]
    }
}
