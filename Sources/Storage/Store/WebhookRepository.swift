package import JobModel

/// Finding webhook calls.
package protocol WebhookReading {
    /// Calls of any tenant whose time has come, the longest due first, but for the busy.
    func dueWebhooks(at time: Int64, limit: Int, except busy: BusyWebhooks) throws -> [WebhookRecord]
    /// When the next call of any tenant is due, or was, but for the busy; nil without one.
    func nextWebhook(except busy: BusyWebhooks) throws -> Int64?
    /// A tenant's calls, the newest first.
    func webhooks(of tenant: TenantID, in state: WebhookRecord.State?, limit: Int) throws -> [WebhookRecord]
    /// One call, or nil.
    func webhook(_ id: String) throws -> WebhookRecord?
}

/// Changing webhook calls.
package protocol WebhookWriting {
    /// Adds a call, or replaces the one of that id.
    func save(_ webhook: WebhookRecord) throws
    /// Forgets calls that ended before `time`; at most `limit`.
    func deleteWebhooks(before time: Int64, limit: Int) throws
}
