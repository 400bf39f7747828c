import JSON
import JobModel

/// The agent executor at work for one job.
///
/// Members of the tasks: `delegate`: `capability`, `input`, `agent`, `idempotent`; of the desktop actions all of their own
/// are the input, and the action is the capability.
struct AgentSession: ExecutorSession {
    /// How long one question waits for news; well below every limit of a connection.
    private static let patience: Int64 = 5_000

    let job: JobContext

    func execute(_ step: Step) async throws -> StepOutcome {
        var question = try order(step.task)
        question["mode"] = "start"
        question["timeout_ms"] = .integer(remaining(of: step))
        question["wait_ms"] = .integer(Self.patience)
        let answer = try await settled(try await ask(step, question), step)
        return try outcome(answer, of: step.task)
    }

    /// The scheduler knows what became of it, whichever worker asked.
    func verify(_ step: Step) async throws -> Verification {
        let answer = try await settled(try await look(step), step)
        switch answer["state"]?.string {
        case "none": return .didNotHappen
        case "done": return .happened(try outcome(answer, of: step.task))
        default:
            guard answer["may_have_acted"] == false else {
                return .unknown(answer["message"]?.string ?? "Nobody knows what the agent did.")
            }
            return .didNotHappen
        }
    }

    func close() {}

    // MARK: Parts

    private func order(_ task: ToDo) throws(StepFailure) -> JSONObject {
        guard task.action == .delegate else {
            var input = task.fields
            for name in ["description", "resume_at", "until"] { input[name] = nil }
            input["selector"] = task.selector.map { .string($0) }
            input["text"] = task.text.map { .string($0) }
            return ["capability": .string(task.action.rawValue), "input": .object(input)]
        }
        var order: JSONObject = [
            "capability": .string(try task.requiredString("capability")),
            "idempotent": .bool(try task.flag("idempotent")),
        ]
        order["input"] = task.fields["input"]
        order["agent"] = try task.optionalString("agent").map { .string($0) }
        return order
    }

    private func look(_ step: Step) async throws -> JSONObject {
        try await ask(step, ["mode": "look", "wait_ms": .integer(Self.patience)])
    }

    private func ask(_ step: Step, _ question: JSONObject) async throws -> JSONObject {
        guard let delegate = job.delegate else {
            throw StepFailure(
                reason: .noCapableWorker,
                message: "There is no scheduler here that could ask agents; submit it as a job.",
                isRetryable: false
            )
        }
        return try await delegate(step.key, question)
    }

    /// Asks again until the conversation is over; the scheduler ends it when its time has passed.
    private func settled(_ first: JSONObject, _ step: Step) async throws -> JSONObject {
        var answer = first
        while ["discovering", "assigning", "running"].contains(answer["state"]?.string) {
            guard step.deadline > .now else {
                throw StepFailure(
                    reason: .timeout,
                    message: "No agent finished '\(step.task.id)' in time.",
                    isRetryable: true,
                    mayHaveActed: step.task.fields["idempotent"] != true
                )
            }
            step.report(["state": answer["state"] ?? .null, "agent": answer["agent"] ?? .null])
            answer = try await look(step)
        }
        return answer
    }

    private func outcome(_ answer: JSONObject, of task: ToDo) throws -> StepOutcome {
        let agent = answer["agent"]?.string ?? ""
        guard answer["state"] == "done" else {
            let reason = answer["reason"]?.string.flatMap(ReasonCode.init(rawValue:)) ?? .agentFailed
            throw StepFailure(
                reason: reason,
                message: (agent.isEmpty ? "" : "Agent '\(agent)': ") + (answer["message"]?.string ?? reason.rawValue),
                isRetryable: answer["retryable"]?.bool ?? false,
                mayHaveActed: answer["may_have_acted"]?.bool ?? true
            )
        }
        var outputs: JSONObject = ["result": answer["result"] ?? .null, "agent": .string(agent)]
        outputs["conversation_id"] = answer["conversation_id"]
        let capability = answer["capability"]?.string ?? task.action.rawValue
        return StepOutcome(outputs: outputs, touched: "\(capability) by agent \(agent)")
    }

    private func remaining(of step: Step) -> Int64 {
        let left = (step.deadline - .now).components
        return max(1, left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000)
    }
}
