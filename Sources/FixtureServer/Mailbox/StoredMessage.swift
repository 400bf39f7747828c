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

    /// The id that changes when the message moves.
    var id: String
    /// The id for `Prefer: IdType="ImmutableId"`.
    var immutableID: String
    var changeKey: String
    var folder: MailFolder
    /// Milliseconds since 1970.
    var created: Int64
    var modified: Int64
    var sent: Int64
    var internetMessageID: String
    var conversationID: String
    var subject = ""
    var body = Body()
    var importance = "normal"
    var from: Recipient?
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
    /// When a message in the Outbox arrives in Sent Items.
    var leavesOutbox: Int64?
    /// Whether a message in the Outbox can be found by nobody.
    var isInvisible = false
}

/// A file attached to a message.
struct StoredAttachment: Sendable {
    var id: String
    var name: String
    var contentType: String
    var bytes: [UInt8]
    var isInline = false
    var contentID: String?
    /// Milliseconds since 1970.
    var modified: Int64

    /// Lower-case hexadecimal.
    var sha256: String { SHA256.digest(of: bytes).hex }
    /// What the service calls `size`: more than the bytes, as observed.
    var size: Int { bytes.count + bytes.count / 22 + 150 }
}
