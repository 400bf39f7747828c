import Executors
import JSON
import JobModel

extension JobRun {
    /// The list of a `for_each`.
    func items(of task: ToDo, _ template: JSONValue) throws(StepFailure) -> [JSONValue] {
        let value = try resolver.value(template, in: RunScope(tasks: outputs))
        guard let items = value.array else {
            throw task.invalid("wants a list in 'for_each', not \(value.typeName)")
        }
        guard items.count <= Self.itemLimit else {
            throw task.invalid("has \(items.count) items in 'for_each'; \(Self.itemLimit) are allowed")
        }
        return items
    }

    func url(_ template: JSONValue, of task: ToDo, in scope: RunScope) throws(StepFailure) -> String {
        let value = try resolver.value(template, in: scope)
        guard let url = value.string else { throw task.invalid("wants a URL in 'resume_at', not \(value.typeName)") }
        return url
    }

    /// The outputs of a `for_each`: those of its iterations in the order of the items.
    static func collected(_ node: Node) -> JSONObject {
        ["items": .array((0..<node.count).map { .object(node.iterationOutputs[$0] ?? [:]) })]
    }

    static func inDoubt(_ place: JobPlan.JournalPlace, _ explanation: String) -> StepFailure {
        let sentence = explanation.hasSuffix(".") ? explanation : explanation + "."
        return StepFailure(
            reason: .stepInDoubt,
            message:
                "It is open whether the step '\(place.step)' happened: \(sentence) Check, then resolve the job "
                + "by done (it happened), redo (it did not) or fail.",
            isRetryable: false
        )
    }

    static func failure(_ error: any Error, of place: JobPlan.JournalPlace) -> StepFailure {
        error as? StepFailure
            ?? StepFailure(
                reason: .internalError,
                message: "The step '\(place.step)' failed unexpectedly: \(error)",
                isRetryable: false
            )
    }

    static func stopFailure(_ stop: Stop) -> StepFailure {
        let (reason, message): (ReasonCode, String) =
            switch stop {
            case .requested(.cancelled): (.cancelled, "The job was cancelled.")
            case .requested(.drain): (.cancelled, "The worker shuts down; the job goes to another one.")
            case .requested(.busy): (.cancelled, "The worker has no place for it; the job goes to another one.")
            case .requested(.lost): (.workerLost, "The worker lost its lease.")
            case .timeout: (.timeout, "The job took longer than its 'timeout'.")
            case .deadline: (.deadline, "The job did not end before its deadline.")
            }
        return StepFailure(reason: reason, message: message, isRetryable: false, mayHaveActed: false)
    }

    static func result(of stop: Stop, inDoubt: Bool) -> JobResult {
        switch stop {
        case .requested(.drain): return .handedBack("drain")
        case .requested(.busy): return .handedBack("busy")
        case .requested(.lost): return .abandoned
        default:
            let failure = stopFailure(stop)
            let doubt = inDoubt ? " A step that was stopped may have acted; its event says which." : ""
            return .failed(
                JobFailure(
                    reason: failure.reason,
                    message: failure.message + doubt,
                    isRetryable: stop == .timeout
                )
            )
        }
    }

    /// The result when every node has ended.
    func result() -> JobResult {
        let first = failures.first { $0.failure.reason == .stepInDoubt } ?? failures.first
        if let (step, failure) = first {
            return .failed(
                JobFailure(
                    reason: failure.reason,
                    message: failure.message,
                    step: step,
                    isRetryable: failure.isRetryable
                )
            )
        }
        do {
            return .done(try resolver.outputs(in: RunScope(tasks: outputs)))
        } catch {
            return .failed(JobFailure(reason: error.reason, message: error.message, isRetryable: false))
        }
    }
}
