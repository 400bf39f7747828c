import JSON
import JobModel

extension JobEvent {
    /// The event as one line of `--json`.
    var json: JSONObject {
        var json: JSONObject = [
            "type": .string(kind.rawValue), "job_id": .string(job.rawValue),
            "ts": .string(RFC3339.format(timestamp)),
        ]
        json["seq"] = seq.map(JSONValue.integer)
        json["step_id"] = step.map { .string($0.rawValue) }
        return json.merging(data)
    }
}
