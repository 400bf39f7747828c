/// The members of a scenario and of its `browser`.
package enum ScenarioSchema {
    /// Top level.
    package static let fields: [FieldSchema] = [
        .required("tasks", .any, "what to do, at least one task"),
        .optional("name", .text, "for people and lists"),
        .optional("description", .text, "words for people"),
        .optional("intent", .text, "name of the intent it serves"),
        .optional("variables", .object, "names and values for templates"),
        .optional(
            "max_retries",
            .integer(0...100),
            "further attempts of the whole job after a failure that may pass (0)"
        ),
        .optional("retry", .object, "after which failures, and with which pauses ({policy: exponential})"),
        .optional("priority", .integer(-100...100), "higher runs first (0)"),
        .optional("timeout", .duration, "for one attempt (none)"),
        .optional("deadline", .text, "when the job must be over, RFC 3339 (never)"),
        .optional("on_dialog", .any, "accept, dismiss, fail, or {accept, text} (dismiss)"),
        .optional("overlays", .any, "what may cover the page at any time, and how it is closed"),
        .optional("browser", .object, "what pages believe about their machine"),
        .optional("outputs", .object, "names and templates of what comes back at the end"),
    ]

    /// Members of each of `overlays`.
    package static let overlay: [FieldSchema] = [
        .required("selector", .selector, "what covers the page while it is visible"),
        .optional("click", .selector, "what to click to close it"),
        .optional("press", .text, "the key or chord that closes it"),
        .optional("hide", .boolean, "take it out of sight (false)"),
        .optional("times", .integer(1...1000), "how often at most on one page (10)"),
    ]

    /// Members of `browser`.
    package static let browser: [FieldSchema] = [
        .optional("viewport", .object, "{width, height, scale} in CSS pixels (1280 × 720 × 1)"),
        .optional("locale", .text, "BCP 47, as de-DE"),
        .optional("timezone", .text, "IANA name, as Europe/Berlin"),
        .optional("user_agent", .text, "User-Agent header"),
        .optional("color_scheme", .choice(["light", "dark", "no-preference"]), "what CSS may ask for"),
        .optional("headers", .textMap, "sent with every request"),
    ]

    /// Members of `browser.viewport`.
    package static let viewport: [FieldSchema] = [
        .optional("width", .integer(1...8192), "CSS pixels (1280)"),
        .optional("height", .integer(1...8192), "CSS pixels (720)"),
        .optional("scale", .number, "device pixels a CSS pixel (1)"),
    ]

    /// Overlays a scenario may name.
    package static let maximumOverlays = 50
    /// Tasks a scenario may have.
    package static let maximumTasks = 1000
    /// What `job.<name>` offers to templates.
    package static let jobFacts = ["id", "name", "tenant", "attempt", "submitted"]
}
