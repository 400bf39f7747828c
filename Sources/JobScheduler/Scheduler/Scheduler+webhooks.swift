package import JobModel
package import Security
package import Storage

extension Scheduler {
    /// A tenant's webhook calls, the newest first.
    ///
    /// - Throws: `SchedulerError`.
    package func webhooks(in state: WebhookRecord.State?, limit: Int, for caller: Principal) async throws
        -> [WebhookRecord]
    {
        try await writer.read { try $0.webhooks(of: caller.tenant, in: state, limit: limit) }
    }

    /// Makes a call again that is over, delivered or not.
    ///
    /// - Throws: `SchedulerError`: `notFound`, `conflict` when it is still to be made.
    package func replayWebhook(_ id: String, as caller: Principal) async throws -> WebhookRecord {
        let now = writer.environment.now()
        let webhook = try await writer.write { transaction in
            guard var webhook = try transaction.webhook(id), webhook.tenant == caller.tenant else {
                throw SchedulerError(.notFound, "There is no webhook call '\(id.prefix(100))'")
            }
            guard webhook.state != .pending else {
                throw SchedulerError(.conflict, "Webhook call \(id) is still to be made")
            }
            webhook.state = .pending
            webhook.attempts = 0
            webhook.due = now
            webhook.problem = nil
            try transaction.save(webhook)
            return webhook
        }
        webhooks.wake.raise()
        return webhook
    }

    /// What the tenant's receivers check signatures with; nil when no calls are made here.
    package func webhookSecret(of tenant: TenantID) -> String? { webhooks.signer?.reveal(for: .webhooks(of: tenant)) }

    /// What an agent with an endpoint checks signatures with; nil when no calls are made here.
    package func signingSecret(of agent: AgentID) -> String? { webhooks.signer?.reveal(for: .agent(agent)) }
}
