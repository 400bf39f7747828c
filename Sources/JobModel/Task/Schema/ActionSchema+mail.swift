extension ActionSchema {
    private static let mailbox = FieldSchema.optional(
        "mailbox",
        .text,
        "user or address whose mailbox it is; the configured sender unless set"
    )
    private static let messageID = FieldSchema.required("message_id", .text, "the mail's id, as search_mail gives it")
    private static let folder = FieldSchema.optional(
        "folder",
        .text,
        "inbox, sent, drafts, trash, archive, junk, a path such as Kunden/Müller, or an id as list_mail_folders gives it (inbox)"
    )
    private static let since = FieldSchema.optional("since", .text, "received at or after, RFC 3339")
    private static let maxBytes = FieldSchema.optional(
        "max_bytes",
        .integer(1...(150 << 20)),
        "refuse attachments that are larger (52428800)"
    )
    private static let message = [
        "message_id", "internet_message_id", "subject", "from", "to", "cc", "received", "is_read", "has_attachments",
    ]

    // MARK: Reading

    static func mailReading(_ action: Action) -> ActionSchema {
        switch action {
        case .readMail:
            ActionSchema(
                "mail",
                .read,
                "Reads one mail.",
                [
                    messageID, mailbox,
                    .optional("attachments", .boolean, "keep its attachments as artifacts (false)"), maxBytes,
                ],
                outputs: message + ["text", "html", "links", "attachments"]
            )
        case .waitForMail: waitForMail
        case .traceMail: traceMail
        case .downloadAttachments:
            ActionSchema(
                "mail",
                .read,
                "Keeps the attachments of a mail as artifacts.",
                [
                    messageID, mailbox,
                    .optional("names", .textList, "only these; * stands for any text (all but inline images)"),
                    maxBytes,
                ],
                outputs: ["attachments", "count"]
            )
        case .listMailFolders:
            ActionSchema(
                "mail",
                .read,
                "Lists the folders of a mailbox.",
                [
                    mailbox,
                    .optional(
                        "below",
                        .text,
                        "a folder, named as in search_mail, to list the ones inside it (the top)"
                    ),
                ],
                outputs: ["folders", "count"]
            )
        default:
            ActionSchema(
                "mail",
                .read,
                "Lists mails, newest first.",
                [
                    mailbox, folder, .optional("from", .text, "sender's address"),
                    .optional("to", .text, "receiver's address, among to and cc"),
                    .optional("subject", .text, "contained in the subject"),
                    .optional(
                        "query",
                        .text,
                        "full-text search, such as from:anna subject:Rechnung; alone, because the service combines it with nothing"
                    ), since, .optional("until", .text, "received before, RFC 3339"),
                    .optional("unread", .boolean, "only unread ones (false)"),
                    .optional("has_attachments", .boolean, "only with attachments (false)"),
                    .optional("limit", .integer(1...100), "at most so many (10)"),
                ],
                excludes: ["from", "to", "subject", "since", "until", "unread", "has_attachments"].map {
                    ["query", $0]
                },
                outputs: ["messages", "count", "complete"]
            )
        }
    }

    private static let waitForMail = ActionSchema(
        "mail",
        .read,
        "Waits until a mail arrives that fits, and takes a code or a link out of it.",
        [
            mailbox, folder, .optional("from", .text, "sender's address, or @domain"),
            .optional("subject", .text, "contained in the subject"),
            .optional("contains", .text, "contained in the text of the mail"),
            .optional(
                "pattern",
                .text,
                "regular expression (Perl) the text must match; its first group, or all it matches, becomes code"
            ), .optional("link", .text, "contained in the address or the words of a link, which becomes link"),
            .optional("attachment", .text, "name of an attachment it must have; * stands for any text"),
            .optional("max_age", .duration, "how long before the wait a mail may have arrived (60 s)"), since,
            .optional("every", .duration, "pause between two looks (3 s)"),
        ],
        needsOneOf: [["from", "subject", "contains", "pattern", "link", "attachment"]],
        excludes: [["max_age", "since"]],
        outputs: message + ["text", "code", "groups", "link", "waited"]
    )

    private static let traceMail = ActionSchema(
        "mail",
        .read,
        "Waits until the service says whether a sent mail reached its receivers.",
        [
            .required("internet_message_id", .text, "the mail's Message-ID, as send_mail gives it"),
            .optional("mailbox", .text, "mailbox it was sent from; the configured sender unless set"),
            .optional("to", .textList, "receivers that must be known of (those the service names)"),
            .optional("must_arrive", .boolean, "fail when one did not get it (true)"),
            .optional("every", .duration, "pause between two looks, at least 3 s (10 s)"),
        ],
        outputs: ["delivered", "count", "deliveries"]
    )

    // MARK: Changing

    static func mailChange(_ action: Action) -> ActionSchema {
        switch action {
        case .markMail:
            ActionSchema(
                "mail",
                .effect,
                "Marks a mail as read or unread.",
                [messageID, mailbox, .optional("as", .choice(["read", "unread"]), "what it becomes (read)")],
                outputs: ["message_id", "is_read"]
            )
        case .moveMail:
            ActionSchema(
                "mail",
                .effect,
                "Moves a mail to another folder.",
                [
                    messageID, mailbox,
                    .required(
                        "folder",
                        .text,
                        "inbox, archive, trash, junk, a path such as Kunden/Müller, or an id as list_mail_folders gives it"
                    ),
                ],
                outputs: ["message_id", "folder"]
            )
        default:
            ActionSchema(
                "mail",
                .effect,
                "Puts a mail into the trash.",
                [messageID, mailbox],
                outputs: ["message_id", "folder"]
            )
        }
    }

    // MARK: Sending

    private static let body: [FieldSchema] = [
        .optional("text", .text, "the body as plain text"), .optional("html", .html, "the body as HTML"),
        .optional("attachments", .textList, "names of artifacts"),
        .optional("inline", .textMap, "artifacts the HTML shows, by the name in its cid: addresses"),
    ]
    private static let verifySent = FieldSchema.optional(
        "verify_sent",
        .boolean,
        "wait for the copy in Sent Items and compare its attachments (true)"
    )
    private static let sent = [
        "message_id", "internet_message_id", "mode", "proof", "already_sent", "looked_up", "sent_at", "to", "subject",
        "attachments",
        "bytes",
    ]

    static func outgoingMail(_ action: Action) -> ActionSchema {
        switch action {
        case .replyMail:
            ActionSchema(
                "mail",
                .effect,
                "Answers a mail, exactly once; the mail stands below the answer.",
                [
                    messageID, mailbox, .optional("all", .boolean, "answer everybody it went to (false)"),
                    .optional("cc", .textList, "further copies"), .optional("bcc", .textList, "hidden copies"),
                ] + body + [verifySent],
                needsOneOf: [["text", "html"]],
                excludes: [["text", "html"]],
                outputs: sent
            )
        case .forwardMail:
            ActionSchema(
                "mail",
                .effect,
                "Passes a mail on with its attachments, exactly once.",
                [
                    messageID, mailbox, .required("to", .textList, "receivers"), .optional("cc", .textList, "copies"),
                    .optional("bcc", .textList, "hidden copies"),
                ] + body + [verifySent],
                excludes: [["text", "html"]],
                outputs: sent
            )
        default: sendMail
        }
    }

    private static let sendMail = ActionSchema(
        "mail",
        .effect,
        "Sends a mail, exactly once.",
        [
            .required("to", .textList, "receivers"), .optional("cc", .textList, "copies"),
            .optional("bcc", .textList, "hidden copies"), .required("subject", .text, "subject"),
        ] + body + [
            mailbox, .optional("reply_to", .textList, "where answers go"),
            .optional("importance", .choice(["low", "normal", "high"]), "importance (normal)"),
            .optional("headers", .textMap, "at most four header fields of your own; names begin with x-"),
            .optional(
                "mode",
                .choice(["draft", "direct"]),
                "draft, attach, send; or one request, which needs fewer rights and proves less (draft)"
            ), verifySent,
        ],
        needsOneOf: [["text", "html"]],
        excludes: [["text", "html"]],
        outputs: sent
    )
}
