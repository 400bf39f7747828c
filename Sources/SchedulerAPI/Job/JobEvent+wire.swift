import JSON
import JobModel

extension JobEvent {
    /// Version of the event's form.
    static let version: Int64 = 1

    /// The event as clients get it.
    var wire: JSONObject {
        var json: JSONObject = ["v": .integer(Self.version), "type": .string(kind.rawValue)]
        json["seq"] = seq.map { .integer($0) }
        json["job_id"] = .string(job.rawValue)
        json["epoch"] = .integer(epoch.rawValue)
        json["ts"] = .string(RFC3339.format(timestamp))
        json["step_id"] = step.map { .string($0.rawValue) }
        json["data"] = .object(data)
        return json
    }
}
