import JSON
import JobModel
import JobQueue
import JobScheduler
import Storage
import Synchronization

/// A worker whose every message is the test's.
struct TestWorker {
    private static let messages = CountedID(start: 0)

    let scheduler: Scheduler
    let index: any DispatchIndex
    let lease: Lease
    /// Off for positive controls: then a message says what the fence wants to hear, as if nobody checked it.
    var isFenced = true
    var job: JobID { lease.job }

    func message(_ type: LAMMessage.MessageType, _ payload: JSONObject = [:]) -> LAMMessage {
        let base: JSONObject = ["job_id": .string(lease.job.rawValue), "worker": .string(lease.worker.rawValue)]
        var message = LAMMessage(
            id: MessageID("m\(Self.messages.next())"),
            timestamp: 0,
            type: type,
            sender: "agent://worker/\(lease.worker)",
            to: ["agent://scheduler"],
            payload: base.merging(payload)
        )
        message.epoch = lease.epoch
        return message
    }

    @discardableResult
    func send(_ type: LAMMessage.MessageType, _ payload: JSONObject = [:]) async throws -> JSONObject {
        var message = message(type, payload)
        if !isFenced {
            let row = try await scheduler.job(job, for: Stage.cli).job
            message.epoch = row.epoch
            if let worker = row.worker {
                message.payload["worker"] = .string(worker.rawValue)
                message.sender = "agent://worker/\(worker)"
            }
        }
        return try await scheduler.receive(message)
    }

    func step(_ id: String, _ status: String, _ more: JSONObject = [:]) async throws {
        let report: JSONObject = [
            "kind": "step", "step_id": .string(id), "iteration": 0, "status": .string(status), "action": "goto",
        ]
        try await send(.inform, report.merging(more))
    }

    func intent(_ id: String, _ more: JSONObject = [:]) async throws {
        let intent: JSONObject = ["kind": "intent", "step_id": .string(id), "iteration": 0, "action": "send_mail"]
        try await send(.inform, intent.merging(more))
    }

    func fail(_ reason: ReasonCode, retryable: Bool = false) async throws {
        try await send(
            .failure,
            ["reason": .string(reason.rawValue), "message": "It broke", "retryable": .bool(retryable)]
        )
        _ = try await index.finish(lease)
    }
}
