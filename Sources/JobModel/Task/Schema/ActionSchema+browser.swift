extension ActionSchema {
    /// Members of the condition in `until`.
    package static var condition: ActionSchema {
        var condition = expect
        condition.fields.append(
            .optional("within", .duration, "how long it may take to become so after each try (2 s)")
        )
        return condition
    }

    private static let modifiers: FieldType = .choices(["Alt", "Control", "Meta", "Shift"])
    private static let name = FieldSchema.optional(
        "name",
        .text,
        "name of the artifact; made from the task's id unless set"
    )
    private static let force = FieldSchema.optional(
        "force",
        .boolean,
        "do not wait until it is visible, enabled and uncovered (false)"
    )
    private static let position = FieldSchema.optional(
        "position",
        .point,
        "where inside the element; its middle unless set"
    )
    private static let trial = FieldSchema.optional(
        "trial",
        .boolean,
        "wait until it could be done, but do not do it (false)"
    )
    private static let stability = FieldSchema.optional(
        "stability",
        .choice(["none", "frame", "strict"]),
        "how long it must rest before: not at all, one frame, two frames (frame)"
    )
    private static let popup = FieldSchema.optional("popup_as", .text, "wait for a popup and give it this page name")

    private static func target(_ summary: String = "the element") -> FieldSchema {
        .required("selector", .selector, summary)
    }

    static func browserPointer(_ action: Action) -> ActionSchema {
        let pointer = [position, .optional("modifiers", modifiers, "keys held down"), force, trial, stability]
        let button = FieldSchema.optional("button", .choice(["left", "middle", "right"]), "mouse button (left)")
        let delay = FieldSchema.optional("delay", .duration, "between press and release (0)")
        return switch action {
        case .click:
            ActionSchema(
                "browser",
                .page,
                "Clicks an element once it is visible, enabled, stable and uncovered.",
                [target(), button, .optional("clicks", .integer(1...3), "clicks in a row (1)"), delay] + pointer + [
                    popup
                ]
            )
        case .dblclick:
            ActionSchema("browser", .page, "Double-clicks an element.", [target(), button, delay] + pointer + [popup])
        case .hover:
            ActionSchema("browser", .page, "Moves the mouse over an element.", [target()] + pointer)
        case .tap:
            ActionSchema(
                "browser",
                .page,
                "Taps an element with a finger; the page needs `browser.touch`.",
                [target()] + pointer + [popup]
            )
        case .focus: ActionSchema("browser", .page, "Gives an element the focus.", [target()])
        case .blur: ActionSchema("browser", .page, "Takes the focus from an element.", [target()])
        case .drag:
            ActionSchema(
                "browser",
                .page,
                "Drags an element onto another.",
                [
                    target("what to drag"), .required("target", .selector, "where to drop it"),
                    .optional("source_position", .point, "where inside the dragged element"),
                    .optional("target_position", .point, "where inside the target"),
                    .optional("steps", .integer(2...100), "moves on the way (5)"),
                    .optional("delay", .duration, "between press and first move (0)"),
                    .optional("cancel", .boolean, "press Escape over the target instead of dropping (false)"), force,
                    trial, stability,
                ]
            )
        default:
            ActionSchema(
                "browser",
                .page,
                "Scrolls an element into view, or the page (or the element) by an amount or to an end.",
                [
                    .optional("selector", .selector, "what to bring into view, or to scroll inside"),
                    .optional("by", .point, "pixels to scroll"), .optional("to", .choice(["top", "bottom"]), "an end"),
                    .optional("wheel", .boolean, "turn the mouse wheel over it, by `by` (false)"),
                ],
                needsOneOf: [["selector", "by", "to"]],
                excludes: [["by", "to"]]
            )
        }
    }

    static func browserForm(_ action: Action) -> ActionSchema {
        switch action {
        case .fill:
            ActionSchema(
                "browser",
                .page,
                "Replaces the text of a field.",
                [target("the field"), .required("text", .text, "the new text; empty clears the field"), force]
            )
        case .type:
            ActionSchema(
                "browser",
                .page,
                "Types text key by key into an element, or where the focus is.",
                [
                    .optional("selector", .selector, "the element to focus first"),
                    .required("text", .text, "what to type"), .optional("delay", .duration, "between keys (0)"),
                ]
            )
        case .press:
            ActionSchema(
                "browser",
                .page,
                "Presses a key or a chord, such as Enter or Control+A.",
                [
                    .optional("selector", .selector, "the element to focus first"),
                    .required("key", .text, "key names as in KeyboardEvent.key, joined by +"),
                    .optional("times", .integer(1...100), "how often (1)"),
                    .optional("delay", .duration, "between down and up (0)"), popup,
                ]
            )
        case .check, .uncheck:
            ActionSchema(
                "browser",
                .page,
                action == .check ? "Checks a box or a radio button." : "Unchecks a box.",
                [target("the box"), position, force, trial, stability]
            )
        case .select:
            ActionSchema(
                "browser",
                .page,
                "Chooses options of a `select`.",
                [
                    target("the select element"), .optional("value", .textList, "options by value"),
                    .optional("label", .textList, "options by label"),
                    .optional("index", .integer(0...9999), "an option by position from 0"), force,
                ],
                needsOneOf: [["value", "label", "index"]],
                excludes: [["value", "label", "index"]],
                outputs: ["values"]
            )
        default:
            ActionSchema(
                "browser",
                .page,
                "Puts files into a file field, or into the file chooser a button opens.",
                [
                    target("the field, its label, or what opens the file chooser"),
                    .required(
                        "files",
                        .any,
                        "names of artifacts, or {name, content} or {name, base64}; one or an array"
                    ),
                    .optional("directory", .text, "upload them as a directory of this name"),
                ],
                outputs: ["files"]
            )
        }
    }

    static func browserFile(_ action: Action) -> ActionSchema {
        switch action {
        case .screenshot: screenshot
        case .pdf: pdf
        default:
            ActionSchema(
                "browser",
                .page,
                "Clicks what starts a download (or opens its URL) and keeps the file.",
                [
                    .optional("selector", .selector, "what to click"),
                    .optional("url", .text, "what to fetch with the page's session instead"), name,
                    .optional("max_bytes", .integer(1...1_000_000_000_000), "a larger file is not taken (1 GiB)"),
                    .optional("count", .integer(1...50), "files the click starts (1)"), position, force,
                    stability,
                ],
                needsOneOf: [["selector", "url"]],
                excludes: [["selector", "url"]],
                outputs: ["artifact", "bytes", "sha256", "url", "suggested_name", "artifacts"]
            )
        }
    }

    private static let waitUntil = FieldSchema.optional(
        "wait_until",
        .choice(["commit", "domcontentloaded", "load", "networkidle"]),
        "when it counts as open (load)"
    )

    static func browserHistory(_ action: Action) -> ActionSchema {
        let summary =
            switch action {
            case .reload: "Loads the page again."
            case .back: "Goes back to what the page showed before; fails when there is nothing."
            default: "Goes forward again, after `back`; fails when there is nothing."
            }
        return ActionSchema("browser", .page, summary, [waitUntil], outputs: ["url", "title", "status"])
    }

    static func browserPage(_ action: Action) -> ActionSchema {
        switch action {
        case .goto:
            ActionSchema(
                "browser",
                .page,
                "Opens a URL.",
                [
                    .required("url", .text, "absolute, http or https; or a page as data:text/html,…"), waitUntil,
                    .optional("referer", .text, "Referer header"),
                ],
                outputs: ["url", "title", "status"]
            )
        case .waitFor: waitFor
        case .expect: expect
        case .extract: extract
        case .evaluate:
            ActionSchema(
                "browser",
                .page,
                "Runs a JavaScript function in the page; denied unless the policy allows it.",
                [
                    .required("script", .script, "an expression or a function"),
                    .optional("args", .any, "handed to the function; never put into the script by a template"),
                    .optional("selector", .selector, "the element handed over as first argument"),
                ],
                outputs: ["value"]
            )
        case .storageState:
            ActionSchema(
                "browser",
                .page,
                "Keeps cookies, local storage and databases of all visited origins as an artifact, or restores them.",
                [name, .optional("load", .text, "artifact to restore instead")],
                excludes: [["name", "load"]],
                outputs: ["artifact", "bytes", "sha256"]
            )
        case .switchPage:
            ActionSchema(
                "browser",
                .page,
                "Gives a page that is open the name in `as`, and brings it to the front.",
                [
                    .required("as", .text, "the page name later tasks use"),
                    .optional("url", .text, "the page whose URL contains this"),
                    .optional("title", .text, "the page whose title contains this"),
                    .optional("index", .integer(0...99), "the page by order of opening, from 0"),
                ],
                needsOneOf: [["url", "title", "index"]],
                excludes: [["url", "title", "index"]],
                outputs: ["url", "title"]
            )
        case .dialog:
            ActionSchema(
                "browser",
                .page,
                "Says how the next dialog of the page is answered; several before it came, those after it in order.",
                [
                    .optional("accept", .boolean, "OK or cancel (true)"),
                    .optional("text", .text, "answer to a prompt"),
                    .optional("message", .text, "text the dialog must contain"),
                    .optional(
                        "type",
                        .choice(["alert", "confirm", "prompt", "beforeunload"]),
                        "only a dialog of this type (any but beforeunload)"
                    ),
                ],
                outputs: ["message", "type"]
            )
        default: ActionSchema("browser", .page, "Closes the page.", [])
        }
    }

    private static let waitFor = ActionSchema(
        "browser",
        .read,
        "Waits until all that is asked for is so.",
        [
            .optional("selector", .selector, "an element"),
            .optional(
                "state",
                .choice(["visible", "hidden", "attached", "detached", "enabled", "disabled", "editable", "stable"]),
                "of the element (visible)"
            ), .optional("text", .text, "contained in the element, or in the page"),
            .optional("url", .text, "contained in the page's URL; * stands for anything, /…/ is a regular expression"),
            .optional("load_state", .choice(["domcontentloaded", "load", "networkidle"]), "of the page"),
            .optional("function", .script, "a page function that becomes true; same policy as evaluate"),
            .optional("args", .any, "handed to the function"),
            .optional("popup_as", .text, "wait until the page has opened another one, and give that this page name"),
        ],
        needsOneOf: [["selector", "text", "url", "load_state", "function", "popup_as"]],
        outputs: ["url"]
    )

    private static let expect = ActionSchema(
        "browser",
        .read,
        "Waits until all conditions hold; fails with what was there instead.",
        [
            .optional("selector", .selector, "the element looked at"),
            .optional(
                "state",
                .choice([
                    "visible", "hidden", "enabled", "disabled", "editable", "checked", "unchecked", "focused", "empty",
                ]),
                "of the element"
            ), .optional("text", .text, "contained in its text"), .optional("equals", .text, "its whole text"),
            .optional("matches", .text, "a regular expression its text matches"),
            .optional("value", .text, "value of the field"), .optional("count", .integer(0...100_000), "matches"),
            .optional("attribute", .text, "compare this attribute instead of the text"),
            .optional("url", .text, "contained in the page's URL; * stands for anything, /…/ is a regular expression"),
            .optional("title", .text, "contained in the page's title"),
            .optional("not", .boolean, "the opposite must hold (false)"),
        ],
        needsOneOf: [["state", "text", "equals", "matches", "value", "count", "url", "title"]],
        excludes: [["text", "equals", "matches"]]
    )

    private static let extract = ActionSchema(
        "browser",
        .read,
        "Reads something from the page.",
        [
            .required("selector", .selector, "the element; the table for kind table"),
            .optional(
                "kind",
                .choice(["text", "value", "attribute", "html", "count", "table"]),
                "what to read (text)"
            ),
            .optional("attribute", .text, "name of the attribute; kind becomes attribute"),
            .optional("all", .boolean, "an array over all matches instead of the one (false)"),
            .optional("columns", .textMap, "kind table: name to give → header text of the column"),
            .optional("pattern", .text, "regular expression; its first group (or the match) is the result"),
        ],
        outputs: ["value", "text", "html", "count", "table"]
    )
}
