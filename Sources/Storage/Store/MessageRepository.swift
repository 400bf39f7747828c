package import JobModel

/// Finding messages.
package protocol MessageReading {
    /// The processed message of that id, or nil.
    func message(_ id: MessageID) throws -> MessageRecord?
}

/// Adding messages.
package protocol MessageWriting {
    /// Remembers a processed message.
    func insert(_ message: MessageRecord) throws
    /// Forgets messages and idempotency keys received before `time`; at most `limit` of each.
    func deleteMessages(before time: Int64, limit: Int) throws
}
