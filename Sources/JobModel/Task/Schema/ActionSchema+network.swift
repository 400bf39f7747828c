extension ActionSchema {
    /// Actions after which a page may ask its server for something.
    private static let triggers: Set<Action> = [
        .goto, .click, .dblclick, .tap, .fill, .type, .press, .check, .uncheck, .select, .upload, .drag, .evaluate,
        .reload, .back, .forward,
    ]

    private static let expectResponse = FieldSchema.optional(
        "expect_response",
        .object,
        "{url, method, status, json}: after the action wait for this response of the page's server, watched for from before it"
    )

    /// The schema of an action that may wait for the response it causes.
    func expectingResponse(_ action: Action) -> ActionSchema {
        guard Self.triggers.contains(action) else { return self }
        var schema = self
        schema.fields.append(Self.expectResponse)
        schema.outputs.append("response")
        return schema
    }

    static func browserNetwork(_ action: Action) -> ActionSchema {
        switch action {
        case .network:
            ActionSchema(
                "browser",
                .page,
                "Changes how good the network seems to all pages of the job from now on; what is not named is as it really is.",
                [
                    .optional("offline", .boolean, "there is none (false)"),
                    .optional("latency", .duration, "to the first byte of each answer, at least (0)"),
                    .optional("download", .integer(1...10_000_000), "kilobytes a second (as many as there are)"),
                    .optional("upload", .integer(1...10_000_000), "kilobytes a second (as many as there are)"),
                ]
            )
        default:
            ActionSchema(
                "browser",
                .read,
                "Keeps the requests and responses so far as a HAR 1.2 file; `browser.har` keeps them from the start to the end.",
                [
                    .optional("name", .text, "name of the artifact; made from the task's id unless set"),
                    .optional(
                        "url",
                        .text,
                        "only addresses that contain this; * for anything, or /regular expression/"
                    ),
                ],
                outputs: ["artifact", "bytes", "sha256", "entries"]
            )
        }
    }
}
