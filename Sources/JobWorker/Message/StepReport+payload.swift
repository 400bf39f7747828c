import Executors
package import JSON
package import JobModel
import Security

extension StepReport {
    /// The payload of `inform` with `kind: step`; the last one of a step is what its journal row holds.
    func payload(_ redactor: Redactor) -> JSONObject {
        var payload: JSONObject = [
            "kind": "step", "step_id": .string(place.step.rawValue), "iteration": .init(place.iteration),
            "status": .string(status.rawValue), "action": .string(action.rawValue), "attempts": .init(attempts),
        ]
        payload["started_ms"] = started.map(JSONValue.integer)
        payload["ended_ms"] = ended.map(JSONValue.integer)
        payload["duration_ms"] = duration.map { .integer($0.milliseconds) }
        payload["item_sha256"] = itemHash.map(JSONValue.string)
        payload["on_error"] = onError.map(JSONValue.string)
        payload["reason"] = skipReason.map(JSONValue.string)
        if let outcome { add(outcome, redactor, to: &payload) }
        if let failure { add(failure, to: &payload) }
        return payload
    }

    private func add(_ outcome: StepOutcome, _ redactor: Redactor, to payload: inout JSONObject) {
        if !outcome.touched.isEmpty { payload["touched"] = .string(outcome.touched) }
        let outputs = redactor.redact(data: outcome.outputs)
        if !outputs.isEmpty { payload["outputs"] = .object(outputs) }
        // A later attempt must not take `[secret]` for the value.
        if outputs != outcome.outputs { payload["redacted"] = true }
        payload["url"] = outcome.url.map(JSONValue.string)
        add(outcome.artifacts, outcome.callLog, to: &payload)
    }

    private func add(_ failure: StepFailure, to payload: inout JSONObject) {
        payload["reason"] = .string(failure.reason.rawValue)
        payload["message"] = .string(failure.message)
        if isEffect { payload["in_doubt"] = .bool(failure.mayHaveActed) }
        payload["url"] = failure.url.map(JSONValue.string)
        add(failure.artifacts, failure.callLog, to: &payload)
    }

    private func add(_ artifacts: [Artifact], _ callLog: [String], to payload: inout JSONObject) {
        if !artifacts.isEmpty { payload["artifacts"] = .array(artifacts.map { .object($0.payload) }) }
        if !callLog.isEmpty { payload["call_log"] = .array(callLog.map(JSONValue.string)) }
    }
}

extension Artifact {
    /// As messages describe it.
    package var payload: JSONObject {
        [
            "name": .string(name), "bytes": .init(bytes), "sha256": .string(sha256),
            "content_type": .string(contentType),
        ]
    }

    /// Reads what `payload` wrote; nil when something is missing.
    init?(payload: JSONValue) {
        guard let name = payload["name"]?.string, let bytes = payload["bytes"]?.int, bytes >= 0,
            let sha256 = payload["sha256"]?.string
        else { return nil }
        let type = payload["content_type"]?.string ?? "application/octet-stream"
        self.init(name: name, bytes: bytes, sha256: sha256, contentType: type)
    }
}
