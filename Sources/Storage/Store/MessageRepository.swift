package import JobModel

/// Finding messages.
package protocol MessageReading {
    /// A tenant's message of that id, or nil.
    func message(_ id: MessageID, of tenant: TenantID) throws -> MessageRecord?
    /// Messages about a job with a number above `number`, in order.
    func messages(of job: JobID, after number: Int64, limit: Int) throws -> [MessageRecord]
    /// Messages for an agent with a number above `number`, in order.
    func messages(for agent: AgentID, after number: Int64, limit: Int) throws -> [MessageRecord]
    /// Messages for an agent in conversations that go on, in order.
    func openMessages(for agent: AgentID, limit: Int) throws -> [MessageRecord]
    /// The request a job was made for, or nil.
    func request(behind job: JobID) throws -> MessageRecord?
}

/// Adding messages.
package protocol MessageWriting {
    /// Remembers a processed message, or one that waits for an agent.
    ///
    /// - Returns: false, and nothing is kept, when the tenant has one under its id.
    func insertIfNew(_ message: MessageRecord) throws -> Bool
    /// Says of a message that was kept before it was processed what it is about, and what it was answered.
    func update(_ message: MessageRecord) throws
    /// Forgets messages and idempotency keys received before `time`; at most `limit` of each.
    func deleteMessages(before time: Int64, limit: Int) throws
}

extension MessageWriting {
    /// Remembers a message whose id is new to its tenant.
    package func insert(_ message: MessageRecord) throws {
        guard try insertIfNew(message) else {
            throw StorageError(.conflict, "There is a message \(message.id) already")
        }
    }
}
