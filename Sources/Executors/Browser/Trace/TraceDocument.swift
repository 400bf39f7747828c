import BrowserAutomation
import CTraceViewer
import JSON
import JobModel

/// The trace as one HTML file: its data, and a viewer that asks nobody for anything.
struct TraceDocument: Sendable {
    var job: String
    /// Milliseconds since 1970.
    var startedAt: Int64
    var start: ContinuousClock.Instant
    var log: TraceLog
    /// The requests of each page, by its name in the job.
    var requests: [String: [NetworkRequest]]
    var observesNetwork: Bool
    var redact: @Sendable (String) -> String

    /// The file. Megabytes are put together and searched for secrets here: not for a loop.
    @concurrent func html() async -> [UInt8] {
        EmbeddedPage(
            page: (cpa_trace_page(), cpa_trace_page_length()),
            style: (cpa_trace_style(), cpa_trace_style_length()),
            script: (cpa_trace_script(), cpa_trace_script_length())
        ).html(with: clean(.object(json)).text())
    }

    /// Without secrets, before it becomes JSON: that would escape what is escaped already.
    private func clean(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(redact(text))
        case .array(let elements): .array(elements.map(clean))
        case .object(let members): .object(members.reduce(into: [:]) { $0[redact($1.key)] = clean($1.value) })
        case .null, .bool, .integer, .number: value
        }
    }

    private var json: JSONObject {
        let snapshots = Dictionary(uniqueKeysWithValues: log.snapshots.map { (String($0.key), $0.value) })
        return [
            "job": .string(job), "started": JSONValue(startedAt), "steps": .array(log.steps.map { .object(json($0)) }),
            "snapshots": .object(Self.object(snapshots) { .object(Self.json($0)) }),
            "styles": .object(Self.object(log.styles) { .string($0) }),
            "requests": .object(Self.object(requests) { .array($0.map { .object(Self.json($0)) }) }),
            "networkObserved": .bool(observesNetwork), "droppedSteps": JSONValue(log.droppedSteps),
            "droppedSnapshots": JSONValue(log.droppedSnapshots),
        ]
    }

    private static func object<Value>(_ values: [String: Value], _ json: (Value) -> JSONValue) -> JSONObject {
        values.reduce(into: [:]) { $0[$1.key] = json($1.value) }
    }

    private func json(_ step: TraceStep) -> JSONObject {
        var members: JSONObject = [
            "id": .string(step.id), "action": .string(step.action), "page": .string(step.page),
            "start": JSONValue((step.began - start).milliseconds), "duration": JSONValue(step.duration.milliseconds),
            "status": .string(step.failure == nil ? "done" : "failed"), "touched": .string(step.touched),
            "log": .array(step.callLog.map(JSONValue.string)), "requestsFrom": JSONValue(step.requests.from),
            "requestsTo": JSONValue(step.requests.to),
            "console": .array(step.console.map { .object(Self.json($0)) }),
        ]
        members["selector"] = step.selector.map(JSONValue.string)
        members["url"] = step.url.map(JSONValue.string)
        members["before"] = log.kept(step.before).map { JSONValue($0) }
        members["after"] = log.kept(step.after).map { JSONValue($0) }
        members["picture"] = step.picture.map(JSONValue.string)
        members["reason"] = step.failure.map { .string($0.reason.rawValue) }
        members["message"] = step.failure.map { .string($0.message) }
        return members
    }

    private static func json(_ snapshot: PageSnapshot) -> JSONObject {
        [
            "url": .string(snapshot.url), "title": .string(snapshot.title), "html": .string(snapshot.html),
            "width": JSONValue(snapshot.width), "height": JSONValue(snapshot.height), "y": JSONValue(snapshot.scrollY),
            "cut": .bool(snapshot.isCut),
        ]
    }

    private static func json(_ message: ConsoleMessage) -> JSONObject {
        var members: JSONObject = ["level": .string(message.level), "text": .string(message.text)]
        members["url"] = message.url.map(JSONValue.string)
        members["line"] = message.line.map { JSONValue($0) }
        return members
    }

    private static func json(_ request: NetworkRequest) -> JSONObject {
        var members: JSONObject = [
            "number": JSONValue(request.number), "method": .string(request.method), "url": .string(request.url),
            "type": .string(request.resourceType), "bytes": JSONValue(request.receivedBytes),
        ]
        members["status"] = request.response.map { JSONValue($0.status) }
        members["failure"] = request.failure.map(JSONValue.string)
        members["time"] = request.endedAt.map { JSONValue(($0 - request.startedAt) * 1000) }
        return members
    }
}
