import JSON
import JobModel

extension JobEvent {
    /// The event as one line of `--json`, in the form the API streams it (docs/api.md).
    var json: JSONObject {
        var json: JSONObject = ["v": 1, "type": .string(kind.rawValue)]
        json["seq"] = seq.map(JSONValue.integer)
        json["job_id"] = .string(job.rawValue)
        json["epoch"] = .integer(epoch.rawValue)
        json["ts"] = .string(RFC3339.format(timestamp))
        json["step_id"] = step.map { .string($0.rawValue) }
        json["data"] = .object(data)
        return json
    }

    /// Reads what `json` wrote; nil for anything else the API may stream.
    init?(json: JSONObject) {
        guard let kind = json["type"]?.string.flatMap(Kind.init(rawValue:)), let job = json["job_id"]?.string,
            let data = json["data"]?.object
        else { return nil }
        self.init(
            seq: json["seq"]?.int64,
            job: JobID(job),
            tenant: .default,
            timestamp: json["ts"]?.string.flatMap(RFC3339.parse) ?? 0,
            epoch: Epoch(json["epoch"]?.int64 ?? 0),
            step: json["step_id"]?.string.map { StepID($0) },
            kind: kind,
            data: data
        )
    }
}
