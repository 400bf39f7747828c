import JSON
import JobModel

/// When a job keeps a trace or a recording of its pages.
enum TraceMode: String, Sendable, CaseIterable {
    case off
    /// Written when the job failed: snapshots of the last steps, no pictures but that of the failure, no requests.
    case onFailure = "on_failure"
    /// Always written, with a picture of every step and all requests.
    case on

    /// Reads `trace` or `recording` of the scenario's `browser`.
    init(scenario value: JSONValue?, of member: String, unlessSet mode: TraceMode) throws(StepFailure) {
        switch value {
        case nil, .null: self = mode
        // YAML reads on and off as booleans.
        case .bool(let isOn): self = isOn ? .on : .off
        default:
            guard let mode = value?.string.flatMap(TraceMode.init(rawValue:)) else {
                throw StepFailure(
                    reason: .invalidScenario,
                    message: "browser.\(member) of the scenario must be on, on_failure or off.",
                    isRetryable: false
                )
            }
            self = mode
        }
    }

    /// Bytes of snapshots and pictures kept in memory for one job.
    var limit: Int { self == .on ? 16 << 20 : 6 << 20 }
}
