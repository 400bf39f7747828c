package import JSON
package import JobModel

/// A LAM message that was processed, with its answer: the same message gets the same answer again.
package struct MessageRecord: Hashable, Sendable {
    /// Names the message.
    package var id: MessageID
    /// Whose it is.
    package var tenant: TenantID
    /// The job it is about.
    package var job: JobID
    /// Its type.
    package var type: String
    /// Its sender.
    package var sender: String
    /// SHA-256 over what it says: another message under the same id is a mistake.
    package var fingerprint: [UInt8]
    /// The acknowledgement.
    package var answer: JSONObject
    /// Milliseconds since 1970.
    package var received: Int64

    /// A row.
    package init(
        id: MessageID,
        tenant: TenantID,
        job: JobID,
        type: String,
        sender: String,
        fingerprint: [UInt8],
        answer: JSONObject,
        received: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.job = job
        self.type = type
        self.sender = sender
        self.fingerprint = fingerprint
        self.answer = answer
        self.received = received
    }
}
