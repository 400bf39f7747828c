import JSON
import JobModel
import Storage

/// What the sender of a `request` is told at the end of the job that was made for it: `done` or `failure`.
///
/// It lies in the job's messages, and in the box of the sender when that is an agent. Whatever is wrong with it, the job ends:
/// nothing but a failure of the store, which would undo the end too, comes out of here.
struct RequestAnswer {
    let job: JobRecord
    let now: Int64

    init(_ job: JobRecord, at now: Int64) {
        self.job = job
        self.now = now
    }

    func save(in transaction: any StoreTransaction) throws {
        guard let request = try transaction.request(behind: job.id) else { return }
        let isDone = job.state == .done
        var payload: JSONObject = ["job_id": .string(job.id.rawValue), "state": .string(job.state.rawValue)]
        payload["result"] = isDone ? .object(job.outputs ?? [:]) : nil
        payload["reason"] = job.reason.map { .string($0.rawValue) }
        payload["message"] = job.message.map { .string($0) }
        var message = LAMMessage(
            // One for each end: a job may be run again.
            id: MessageID(ofScheduler: "\(job.id)-\(job.lastSequence)"),
            timestamp: now,
            type: isDone ? .done : .failure,
            sender: ConversationDesk.scheduler,
            to: [request.sender],
            payload: payload,
            context: ["tenant": .string(job.tenant.rawValue)]
        )
        message.inReplyTo = request.id
        // A request that cannot be read any more only loses the name of its conversation.
        let body = try? request.body?.object()
        message.conversationID = body?["correlation"]?["conversationId"]?.string
        let agent = try transaction.agents(of: job.tenant).first { $0.address == request.sender }
        // One that is there already is the answer to this end.
        _ = try transaction.insertIfNew(
            MessageRecord(
                id: message.id,
                tenant: job.tenant,
                job: job.id,
                type: message.type.rawValue,
                sender: message.sender,
                recipient: agent?.id ?? "",
                fingerprint: [],
                answer: [:],
                body: StoredJSON(message.json),
                received: now
            )
        )
    }
}
