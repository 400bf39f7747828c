import Executors
import JSON
import JobModel
import JobQueue
import Security

/// Makes the messages of one lease (docs/lam.md): every one names job, worker and epoch, and leaves without secrets.
struct WorkerMessages: Sendable {
    static let scheduler = "agent://scheduler"

    let lease: Lease
    let clock: WorkerClock
    /// Makes ids.
    let newID: @Sendable () -> MessageID
    /// Set once the job's secrets are known.
    var redactor = Redactor.none

    /// Accepts the lease; the acknowledgement is the job.
    func agree() -> LAMMessage { message(.agree, [:]) }

    /// An effect step is about to act, or to prepare what it will do.
    func intent(_ start: JobRun.Start, isPreparing: Bool) -> LAMMessage {
        var payload = place(start.place)
        payload["kind"] = "intent"
        payload["action"] = .string(start.task.action.rawValue)
        payload["item_sha256"] = start.itemHash.map(JSONValue.string)
        if isPreparing { payload["phase"] = "preparing" }
        return message(.inform, payload)
    }

    /// What became known of a step.
    func step(_ report: StepReport) -> LAMMessage { message(.inform, report.payload(redactor)) }

    /// A policy said no.
    func denied(_ denial: PolicyDenial, at place: JobPlan.JournalPlace? = nil) -> LAMMessage {
        var payload: JSONObject = place.map(self.place) ?? [:]
        payload["kind"] = "denied"
        payload["rule"] = .string(denial.rule)
        payload["message"] = .string(redactor.redact(denial.description))
        return message(.inform, payload)
    }

    /// A tick inside a step; not durable.
    func progress(_ place: JobPlan.JournalPlace, _ tick: JSONObject) -> LAMMessage {
        var payload = tick.merging(self.place(place))
        payload["kind"] = "progress"
        return message(.inform, payload)
    }

    /// The job begins no further step for now; not durable.
    func held() -> LAMMessage { message(.inform, ["kind": "progress", "held": true]) }

    /// An agent is to do a step, or how that stands.
    func delegate(_ place: JobPlan.JournalPlace, _ question: JSONObject) -> LAMMessage {
        var payload = question.merging(self.place(place))
        payload["input"] = payload["input"].map { redactor.redact(data: $0) }
        payload["kind"] = "delegate"
        return message(.request, payload)
    }

    /// The job ended well.
    func done(_ outputs: JSONObject, duration: Duration) -> LAMMessage {
        message(
            .done,
            ["outputs": .object(redactor.redact(data: outputs)), "duration_ms": .integer(duration.milliseconds)]
        )
    }

    /// The job failed.
    func failure(_ failure: JobFailure, duration: Duration) -> LAMMessage {
        var payload: JSONObject = [
            "reason": .string(failure.reason.rawValue), "message": .string(failure.message),
            "retryable": .bool(failure.isRetryable), "duration_ms": .integer(duration.milliseconds),
        ]
        payload["failed_step"] = failure.step.map { .string($0.rawValue) }
        return message(.failure, payload)
    }

    /// Hands the job back; not an attempt.
    func refuse(_ reason: String) -> LAMMessage { message(.refuse, ["reason": .string(reason)]) }

    private func place(_ place: JobPlan.JournalPlace) -> JSONObject {
        ["step_id": .string(place.step.rawValue), "iteration": .init(place.iteration)]
    }

    private func message(_ type: LAMMessage.MessageType, _ members: JSONObject) -> LAMMessage {
        var payload: JSONObject = ["job_id": .string(lease.job.rawValue), "worker": .string(lease.worker.rawValue)]
        for (key, value) in redactor.redact(members) { payload[key] = value }
        var message = LAMMessage(
            id: newID(),
            timestamp: clock.wall(),
            type: type,
            sender: "agent://worker/\(lease.worker)",
            to: [Self.scheduler],
            payload: payload,
            context: ["tenant": .string(lease.tenant.rawValue)]
        )
        message.conversationID = lease.job.rawValue
        message.epoch = lease.epoch
        return message
    }
}
