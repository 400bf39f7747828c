package import JSON

/// A Lumina Agent Message: how schedulers, workers and agents talk.
package struct LAMMessage: Sendable, Hashable {
    /// What the message does; docs/lam.md tells what workers send.
    package enum MessageType: String, Sendable, Hashable, CaseIterable {
        case request, inform, propose, agree, refuse, confirm, failure, done, route, discover, offer, assign
    }

    /// Receivers a message may have: each gets a copy of its own.
    package static let receiverLimit = 100
    /// Bytes an id, a sender or a receiver may have.
    package static let longestText = 256

    /// Names the message; processed once.
    package var id: MessageID
    /// Milliseconds since 1970 (`ts`, RFC 3339 on the wire).
    package var timestamp: Int64
    /// What it does.
    package var type: MessageType
    /// `agent://worker/<id>` and the like.
    package var sender: String
    /// Receivers.
    package var to: [String]
    /// Name of the intent, when there is one.
    package var intent: String?
    /// The task in words.
    package var task: String?
    /// `job_id` always; `step_id` when it is about one step; the rest by type.
    package var payload: JSONObject
    /// `tenant`, `domain`, `locale`.
    package var context: JSONObject
    /// Conversation the message belongs to.
    package var conversationID: String?
    /// The message it answers.
    package var inReplyTo: MessageID?
    /// What the sender expects as an answer, in its own terms.
    package var expected: JSONValue?
    /// A word about how things stand.
    package var status: String?
    /// Signatures and the like, in the sender's terms.
    package var security: JSONObject?
    /// The lease it is sent under.
    package var epoch: Epoch?
    /// After this (milliseconds since 1970) an answer has no effect.
    package var replyBy: Int64?
    /// Members we do not know, kept as they came.
    package var other: JSONObject

    /// A message.
    package init(
        id: MessageID,
        timestamp: Int64,
        type: MessageType,
        sender: String,
        to: [String],
        payload: JSONObject,
        context: JSONObject = [:]
    ) {
        self.id = id
        self.timestamp = timestamp
        self.type = type
        self.sender = sender
        self.to = to
        self.payload = payload
        self.context = context
        other = [:]
    }

    /// The job it is about.
    package var job: JobID? { payload["job_id"]?.string.map { JobID($0) } }
    /// The step it is about; nil means the whole lease.
    package var step: StepID? { payload["step_id"]?.string.map { StepID($0) } }
    /// The tenant it names.
    package var tenant: TenantID? { context["tenant"]?.string.map { TenantID($0) } }
}
