import Cryptography

/// A message in a mailbox.
struct StoredMessage: Sendable {
    /// A name with an address.
    struct Recipient: Sendable, Hashable {
        var name: String
        var address: String
    }

    /// `text` or `html` with its text.
    struct Body: Sendable, Hashable {
        var contentType = "text"
        var content = ""
    }

    /// Names it within its mailbox, whatever happens to its ids; given by the mailbox.
    var key = 0
    /// The id that changes when the message moves.
    var id: String
    /// The id for `Prefer: IdType="ImmutableId"`.
    var immutableID: String
    var changeKey: String
    /// Id of its folder.
    var folder: String
    /// The mailbox's change that last touched it, and the one that brought it into its folder.
    var changed = 0
    var arrived = 0
    /// Milliseconds since 1970.
    var created: Int64
    var modified: Int64
    var sent: Int64
    var received: Int64
    var internetMessageID: String
    var conversationID: String
    /// Message ids of what it answers, the oldest first.
    var references: [String] = []
    var subject = ""
    var body = Body()
    var importance = "normal"
    var categories: [String] = []
    var flagStatus = "notFlagged"
    var from: Recipient?
    var sender: Recipient?
    var to: [Recipient] = []
    var cc: [Recipient] = []
    var bcc: [Recipient] = []
    var replyTo: [Recipient] = []
    var headers: [(name: String, value: String)] = []
    /// Value by id (`String {GUID} Name X`).
    var extendedProperties: [String: String] = [:]
    var attachments: [StoredAttachment] = []
    var isRead = false
    var isDraft = false
    var wantsReadReceipt = false
    var wantsDeliveryReceipt = false
    /// When a message in the Outbox arrives in Sent Items.
    var leavesOutbox: Int64?
    /// Whether a message in the Outbox can be found by nobody.
    var isInvisible = false

    /// What is attached to be read, inline pictures aside.
    var hasAttachments: Bool { attachments.contains { !$0.isInline } }

    /// Bytes of body and attachments.
    var size: Int { attachments.reduce(body.content.utf8.count) { $0 + $1.bytes.count } }
}
