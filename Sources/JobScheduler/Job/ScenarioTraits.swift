import JSON
import JobModel

/// What the scheduler itself needs of a scenario.
struct ScenarioTraits {
    var name: String
    var needs: Set<String>
    var priority: Int
    var maxRetries: Int
    /// Milliseconds for one attempt.
    var timeout: Int64?
    /// Milliseconds since 1970.
    var deadline: Int64?

    /// Reads a scenario.
    ///
    /// - Throws: `SchedulerError` with `invalidInput`.
    init(_ scenario: JSONObject) throws {
        func invalid(_ member: String, _ message: String) -> SchedulerError {
            let problem = InvalidInput.Problem(pointer: JSONPointer([member]), message: message)
            return SchedulerError(InvalidInput(problems: [problem]))
        }
        guard let tasks = scenario["tasks"]?.array, !tasks.isEmpty else {
            throw invalid("tasks", "must be a list with at least one task")
        }
        name = scenario["name"]?.string ?? "job"
        needs = Set(tasks.compactMap { $0["action"]?.string })
        priority = scenario["priority"]?.int ?? 0
        guard (-100...100).contains(priority) else { throw invalid("priority", "must be between -100 and 100") }
        maxRetries = scenario["max_retries"]?.int ?? 0
        guard (0...100).contains(maxRetries) else { throw invalid("max_retries", "must be between 0 and 100") }
        if let value = scenario["timeout"] {
            guard let duration = Duration(scenario: value) else {
                throw invalid("timeout", "must be a duration such as 30s or 5m")
            }
            timeout = duration.milliseconds
        }
        if let value = scenario["deadline"] {
            guard let time = value.string.flatMap(RFC3339.parse) else {
                throw invalid("deadline", "must be a time such as 2026-03-01T08:30:00Z")
            }
            deadline = time
        }
    }
}
