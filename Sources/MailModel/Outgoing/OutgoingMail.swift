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
    /// Further header fields; their names begin with `x-`.
    package var headers: [MailHeader]
    package var attachments: [OutgoingAttachment]
    /// The mail it answers or passes on; nil for one that stands alone.
    package var basis: MailBasis?
    /// Says what is wrong with what only the service knows, of an answer or a mail that is passed on; nil when nothing is.
    package var objection: @Sendable (CompletedMail) async -> String?

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
        headers: [MailHeader] = [],
        attachments: [OutgoingAttachment] = [],
        basis: MailBasis? = nil,
        objection: @escaping @Sendable (CompletedMail) async -> String? = { _ in nil }
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
        self.headers = headers
        self.attachments = attachments
        self.basis = basis
        self.objection = objection
    }
}

extension OutgoingMail {
    /// Addresses it goes to: to, cc and bcc.
    package var receivers: [String] { (to + cc + bcc).map(\.address) }
    /// What the people it names are called: receivers, and those answers go to.
    package var names: [String] { (to + cc + bcc + replyTo).compactMap(\.name) }
    /// The body without its markup.
    package var plainBody: String { bodyType == .html ? MailText.plain(html: body) : body }

    /// Whether its first receivers are those of the mail it answers.
    package var isReply: Bool {
        if case .reply? = basis { true } else { false }
    }
}

/// The mail another mail is about.
package enum MailBasis: Sendable, Hashable {
    /// An answer to its sender; to everybody it went to when `all`.
    case reply(to: String, all: Bool)
    /// The mail itself with its attachments, to others.
    case forward(of: String)

    /// Its id.
    package var message: String {
        switch self {
        case .reply(let id, _), .forward(let id): id
        }
    }
}

/// A header field of a mail.
package struct MailHeader: Sendable, Hashable {
    package var name: String
    /// One line of printable ASCII.
    package var value: String

    /// A field.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
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
    /// What the body shows it by (`<img src="cid:…">`); nil for a plain attachment.
    package var contentID: String?

    /// A file.
    package init(
        path: String,
        name: String,
        contentType: String,
        bytes: Int,
        sha256: String,
        contentID: String? = nil
    ) {
        self.path = path
        self.name = name
        self.contentType = contentType
        self.bytes = bytes
        self.sha256 = sha256
        self.contentID = contentID
    }
}
