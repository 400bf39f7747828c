import JSON
import JobModel

/// What the scheduler itself needs of a scenario.
struct ScenarioTraits {
    let scenario: Scenario
    /// Actions a worker must offer.
    let needs: Set<String>

    /// Reads and checks the scenario of a submission, and its variables.
    ///
    /// - Parameter offered: actions there can be a worker for.
    /// - Throws: `SchedulerError`: `invalidInput` with every problem, `noCapableWorker`.
    init(_ submission: JobSubmission, offered: Set<Action>) throws {
        try Self.checkVariables(submission)
        if let read = submission.read {
            scenario = read
        } else {
            do {
                scenario = try Scenario(json: submission.merged)
            } catch { throw SchedulerError(error) }
        }
        if let task = scenario.tasks.first(where: { !offered.contains($0.action) }) {
            let pointer = submission.places.place(of: JSONPointer(["tasks", String(task.index), "action"]))
            // What no executor of ours does an agent does.
            let action = task.action.rawValue
            let message =
                "no worker offers '\(action)': an agent with the capability '\(action)' has to be registered (docs/agents.md)"
            throw SchedulerError(
                .noCapableWorker,
                "tasks[\(task.index)]: \(message)",
                problems: [.init(pointer: pointer, message: message)]
            )
        }
        needs = Set(scenario.tasks.map(\.action.rawValue))
    }

    private static func checkVariables(_ submission: JobSubmission) throws {
        let declared = submission.scenario["variables"]?.object ?? [:]
        let problems = submission.variables.keys.filter { declared[$0] == nil }.map { name in
            let suggestion = Suggestion.phrase(for: name, among: declared.keys)
            let remedy = suggestion.isEmpty ? "; declare it under 'variables'" : suggestion
            return InvalidInput.Problem(
                pointer: JSONPointer(["variables", name]),
                message: "the scenario has no variable '\(name)'\(remedy)"
            )
        }
        if !problems.isEmpty { throw SchedulerError(InvalidInput(problems: problems)) }
    }
}
