package import JSON
package import JobModel

/// A LAM message that was processed, or one of ours; the same message again gets the same answer.
package struct MessageRecord: Hashable, Sendable {
    /// Bytes of a message that are kept; a longer one keeps everything but its payload.
    package static let bodyLimit = 32 << 10

    /// In the order they were taken; 0 until it is stored.
    package var number: Int64 = 0
    /// Names the message among its tenant's.
    package var id: MessageID
    /// Whose it is.
    package var tenant: TenantID
    /// The job it is about.
    package var job: JobID?
    /// The conversation it belongs to, when it is one with agents.
    package var conversation: ConversationID?
    /// Its type.
    package var type: String
    /// Its sender.
    package var sender: String
    /// The agent it waits for; nil for messages that came in.
    package var recipient: AgentID?
    /// SHA-256 over what it says: another message under the same id is a mistake.
    package var fingerprint: [UInt8]
    /// The acknowledgement.
    package var answer: JSONObject
    /// The message; nil for those of before messages were kept.
    package var body: StoredJSON?
    /// Milliseconds since 1970.
    package var received: Int64

    /// A row.
    package init(
        id: MessageID,
        tenant: TenantID,
        job: JobID?,
        conversation: ConversationID? = nil,
        type: String,
        sender: String,
        recipient: AgentID? = nil,
        fingerprint: [UInt8],
        answer: JSONObject,
        body: StoredJSON?,
        received: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.job = job
        self.conversation = conversation
        self.type = type
        self.sender = sender
        self.recipient = recipient
        self.fingerprint = fingerprint
        self.answer = answer
        self.body = body
        self.received = received
    }
}
