extension ActionSchema {
    private static let mailbox = FieldSchema.optional(
        "mailbox",
        .text,
        "user or address whose mailbox it is; the configured sender unless set"
    )

    static func mail(_ action: Action) -> ActionSchema {
        switch action {
        case .sendMail: sendMail
        case .readMail:
            ActionSchema(
                "mail",
                .read,
                "Reads one mail.",
                [
                    .required("message_id", .text, "the mail's id, as search_mail gives it"), mailbox,
                    .optional("attachments", .boolean, "keep its attachments as artifacts (false)"),
                ],
                outputs: [
                    "message_id", "internet_message_id", "subject", "from", "to", "cc", "received", "is_read",
                    "has_attachments", "text", "attachments",
                ]
            )
        default:
            ActionSchema(
                "mail",
                .read,
                "Lists mails, newest first.",
                [
                    mailbox, .optional("folder", .text, "inbox, sentitems, drafts, … (inbox)"),
                    .optional("from", .text, "sender's address"),
                    .optional("subject", .text, "contained in the subject"),
                    .optional("query", .text, "full-text search"),
                    .optional("since", .text, "received at or after, RFC 3339"),
                    .optional("unread", .boolean, "only unread ones (false)"),
                    .optional("has_attachments", .boolean, "only with attachments (false)"),
                    .optional("limit", .integer(1...100), "at most so many (10)"),
                ],
                outputs: ["messages", "count"]
            )
        }
    }

    private static let sendMail = ActionSchema(
        "mail",
        .effect,
        "Sends a mail, exactly once.",
        [
            .required("to", .textList, "receivers"), .optional("cc", .textList, "copies"),
            .optional("bcc", .textList, "hidden copies"), .required("subject", .text, "subject"),
            .optional("text", .text, "the body as plain text"), .optional("html", .text, "the body as HTML"),
            .optional("attachments", .textList, "names of artifacts"), mailbox,
            .optional("reply_to", .textList, "where answers go"),
            .optional("importance", .choice(["low", "normal", "high"]), "importance (normal)"),
            .optional(
                "mode",
                .choice(["draft", "direct"]),
                "draft, attach, send; or one request, which needs fewer rights and proves less (draft)"
            ), .optional("verify_sent", .boolean, "wait for the copy in Sent Items and compare its attachments (true)"),
        ],
        needsOneOf: [["text", "html"]],
        excludes: [["text", "html"]],
        outputs: [
            "message_id", "internet_message_id", "mode", "proof", "already_sent", "sent_at", "to", "subject",
            "attachments",
        ]
    )
}
