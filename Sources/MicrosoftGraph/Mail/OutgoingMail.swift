/// A mail to be sent.
package struct OutgoingMail: Sendable {
    /// How urgent it looks to the receiver.
    package enum Importance: String, Sendable, CaseIterable {
        case low, normal, high
    }

    /// `text` or `html`.
    package enum BodyType: String, Sendable, CaseIterable {
        case text, html
    }

    /// What makes sending it twice impossible: the same key finds the mail again.
    package var key: String
    /// Address of the mailbox it is sent from.
    package var mailbox: String
    package var to: [MailAddress]
    package var cc: [MailAddress]
    package var bcc: [MailAddress]
    package var replyTo: [MailAddress]
    package var subject: String
    package var body: String
    package var bodyType: BodyType
    package var importance: Importance
    package var attachments: [OutgoingAttachment]

    /// A mail.
    package init(
        key: String,
        mailbox: String,
        to: [MailAddress],
        cc: [MailAddress] = [],
        bcc: [MailAddress] = [],
        replyTo: [MailAddress] = [],
        subject: String,
        body: String = "",
        bodyType: BodyType = .text,
        importance: Importance = .normal,
        attachments: [OutgoingAttachment] = []
    ) {
        self.key = key
        self.mailbox = mailbox
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.replyTo = replyTo
        self.subject = subject
        self.body = body
        self.bodyType = bodyType
        self.importance = importance
        self.attachments = attachments
    }
}

/// A file to be attached.
package struct OutgoingAttachment: Sendable, Hashable {
    /// Where it can be read.
    package var path: String
    /// What the receiver sees.
    package var name: String
    package var contentType: String
    /// Length in bytes.
    package var bytes: Int
    /// Lower-case hexadecimal.
    package var sha256: String

    /// A file.
    package init(path: String, name: String, contentType: String, bytes: Int, sha256: String) {
        self.path = path
        self.name = name
        self.contentType = contentType
        self.bytes = bytes
        self.sha256 = sha256
    }
}
