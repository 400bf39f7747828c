import JSON
import JobModel
import Storage

extension LAMInbox {
    /// Has a step done by an agent, or says how that stands; waits for the end as long as the worker wants.
    func delegate(_ message: LAMMessage, _ body: WorkerMessage, _ order: Delegation) async throws -> JSONObject {
        let key = order.key(body.id)
        if order.mode == .start { try await start(message, body, order) }
        guard let record = try await conversation(about: key, body), !record.state.isSettled, order.wait > 0 else {
            return try await answer(about: key, body)
        }
        try await desk.hub.wait(for: record.id.rawValue, atMost: .milliseconds(order.wait)) {
            try await conversation(about: key, body)?.state.isSettled ?? true
        }
        return try await answer(about: key, body)
    }

    private func start(_ message: LAMMessage, _ body: WorkerMessage, _ order: Delegation) async throws {
        let now = writer.environment.now()
        let received = ReceivedMessage(message, at: now)
        let inbox = self
        try await writer.write { transaction in
            let job = try body.job(in: transaction)
            guard try received.known(of: job.tenant, in: transaction) == nil else { return }
            try JobChange(job, at: now, by: "").check(body.fence)
            let known = try transaction.conversation(about: order.key(job.id))
            let id = ConversationID("c" + inbox.writer.environment.makeID())
            try received.save(for: job.tenant, about: job.id, in: transaction)
            // Of an earlier worker that is gone: the agent goes on, this one waits for it.
            if let known, !known.state.isSettled { return }
            try inbox.desk.open(
                ConversationRecord(
                    id: id,
                    tenant: job.tenant,
                    key: order.key(job.id),
                    lease: body.fence.epoch,
                    capability: order.capability,
                    input: order.input,
                    wanted: order.agent,
                    isIdempotent: order.isIdempotent,
                    deadline: now + order.timeout,
                    created: now
                ),
                in: transaction
            )
        }
    }

    private func conversation(about key: JournalKey, _ body: WorkerMessage) async throws -> ConversationRecord? {
        try await writer.read { snapshot in
            try JobChange(try body.job(in: snapshot), at: 0, by: "").check(body.fence)
            return try snapshot.conversation(about: key)
        }
    }

    private func answer(about key: JournalKey, _ body: WorkerMessage) async throws -> JSONObject {
        try await writer.read { snapshot in
            try JobChange(try body.job(in: snapshot), at: 0, by: "").check(body.fence)
            guard let record = try snapshot.conversation(about: key) else { return ["state": "none"] }
            var json = record.outcome
            // How an agent before failed is no answer while another one may do it.
            if !record.state.isSettled { json = [:] }
            json["state"] = .string(record.state.rawValue)
            json["conversation_id"] = .string(record.id.rawValue)
            json["capability"] = .string(record.capability)
            json["agent"] = try record.agent.flatMap(snapshot.agent).map { .string($0.name) }
            return json
        }
    }
}
