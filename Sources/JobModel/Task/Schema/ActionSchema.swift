/// What a task of one action may and must say: the table behind validation, docs and the tools that show them.
package struct ActionSchema: Sendable, Hashable {
    /// Who does it: `browser`, `mail`, `file`, `agent`.
    package var executor: String
    /// One line for docs.
    package var summary: String
    /// The action's own members, `selector` and `text` among them where it takes them.
    package var fields: [FieldSchema]
    /// Of each group at least one member must be there.
    package var needsOneOf: [[String]]
    /// Of each group at most one member may be there.
    package var excludes: [[String]]
    /// Names later templates may ask for as `tasks.<id>.<name>`.
    package var outputs: [String]
    /// What a crash may repeat, unless the task says `once`.
    package var effect: EffectClass

    init(
        _ executor: String,
        _ effect: EffectClass,
        _ summary: String,
        _ fields: [FieldSchema],
        needsOneOf: [[String]] = [],
        excludes: [[String]] = [],
        outputs: [String] = []
    ) {
        self.executor = executor
        self.summary = summary
        self.fields = fields
        self.needsOneOf = needsOneOf
        self.excludes = excludes
        self.outputs = outputs
        self.effect = effect
    }

    /// Whether it acts on a page: then `page` is allowed and the order on the page counts.
    package var touchesPage: Bool { executor == "browser" }

    /// The member of that name.
    package func field(_ name: String) -> FieldSchema? { fields.first { $0.name == name } }

    /// The schema of an action; `playwright` has that of the action in its `op`.
    package static func of(_ action: Action) -> ActionSchema {
        guard let schema = all[action] else { preconditionFailure("every action has a schema") }
        return schema
    }

    private static let all = Dictionary(
        uniqueKeysWithValues: Action.allCases.map { ($0, own($0).expectingResponse($0)) }
    )

    fileprivate static func own(_ action: Action) -> ActionSchema {
        switch action {
        case .goto, .waitFor, .expect, .extract, .evaluate, .storageState, .switchPage, .closePage, .dialog:
            browserPage(action)
        case .reload, .back, .forward: browserHistory(action)
        case .click, .dblclick, .tap, .hover, .focus, .blur, .drag, .scroll: browserPointer(action)
        case .fill, .type, .press, .check, .uncheck, .select, .upload: browserForm(action)
        case .screenshot, .pdf, .download: browserFile(action)
        case .network, .har: browserNetwork(action)
        case .playwright: playwright
        case .sendMail, .replyMail, .forwardMail: outgoingMail(action)
        case .readMail, .searchMail, .waitForMail, .downloadAttachments, .listMailFolders, .traceMail:
            mailReading(action)
        case .markMail, .moveMail, .deleteMail: mailChange(action)
        case .readFile, .writeFile, .moveFile, .hashFile: file(action)
        case .openApp, .uia: desktop(action)
        case .delegate: delegate
        }
    }

    /// Any browser action by its name: `{action: playwright, op: click, selector: …}`.
    private static let playwright = ActionSchema(
        "browser",
        .page,
        "Any browser action, named by `op`.",
        [.required("op", .choice(Action.browserActions.map(\.rawValue)), "the browser action to do")]
    )

    private static let delegate = ActionSchema(
        "agent",
        .effect,
        "Has an agent outside do it.",
        [
            .required("capability", .text, "what the agent must be able to do, such as calculator.add"),
            .optional("input", .any, "what it is given; secrets are taken out"),
            .optional("agent", .text, "name of the only agent that may do it"),
            .optional("idempotent", .boolean, "may be begun again by another agent when one is lost (false)"),
        ],
        outputs: ["result", "agent", "conversation_id"]
    )

    private static func desktop(_ action: Action) -> ActionSchema {
        ActionSchema(
            "agent",
            .effect,
            action == .openApp
                ? "Starts a program (needs an agent that can)." : "Acts on a window (needs an agent that can).",
            [
                .optional("selector", .text, "the window or control"),
                .optional("text", .text, "the program, or the text to enter"),
                .optional("op", .text, "what to do"),
                .optional("args", .any, "whatever the agent understands"),
            ],
            outputs: ["result", "agent", "conversation_id"]
        )
    }
}

extension Action {
    /// The actions of the browser executor, `playwright` itself left out.
    package static let browserActions: [Action] = allCases.filter {
        // The table behind `of` has this list in it.
        $0 != .playwright && ActionSchema.own($0).executor == "browser"
    }
}
