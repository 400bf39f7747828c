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
        .optional("timeout", .timeLimit, "for one attempt (none)"),
        .optional("no_progress", .timeLimit, "for any step of an attempt to report something (none)"),
        .optional("deadline", .text, "when the job must be over, RFC 3339 (never)"),
        .optional(
            "on_dialog",
            .any,
            "accept, dismiss, fail, or {accept, text, beforeunload} (dismiss; pages are left)"
        ),
        .optional("overlays", .any, "what may cover the page at any time, and how it is closed"),
        .optional("browser", .object, "what pages believe about their machine"),
        .optional("outputs", .object, "names and templates of what comes back at the end"),
    ]

    /// Members of `on_dialog`, where it is an object.
    package static let onDialog: [FieldSchema] = [
        .optional("accept", .boolean, "OK or cancel"), .optional("text", .text, "answer to a prompt"),
        .optional("beforeunload", .choice(["accept", "dismiss"]), "leave a page that asks to stay, or stay"),
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
        .optional("mobile", .boolean, "a phone: obeys the viewport a page asks for (false)"),
        .optional("touch", .boolean, "has a touch screen (as mobile)"),
        .optional("locale", .text, "BCP 47, as de-DE"),
        .optional("timezone", .text, "IANA name, as Europe/Berlin"),
        .optional("geolocation", .object, "{latitude, longitude, accuracy} in degrees and metres; pages may read it"),
        .optional("user_agent", .text, "User-Agent header; client hints say the same"),
        .optional("color_scheme", .choice(["light", "dark", "no-preference"]), "what CSS may ask for"),
        .optional("reduced_motion", .choice(["reduce", "no-preference"]), "what CSS may ask for; stills many pages"),
        .optional("forced_colors", .choice(["active", "none"]), "what CSS may ask for; the high contrast mode"),
        .optional(
            "permissions",
            .choices(permissions),
            "what pages may do without asking; all else is denied (as the browser decides)"
        ),
        .optional("headers", .textMap, "sent with every request"),
        .optional(
            "trace",
            .any,
            "trace.html with every step: on, off, or only when the job failed (on_failure)"
        ),
        .optional(
            "recording",
            .any,
            "recording.html that plays what the pages looked like: on, off, or only when the job failed (off)"
        ),
        .optional("testid_attribute", .text, "the attribute testid= looks at (data-testid, data-test-id, data-test)"),
        .optional("block", .textList, "addresses never asked for: text they contain, * for anything"),
        .optional("offline", .boolean, "there is no network at first; the action network changes it (false)"),
        .optional("network", .boolean, "watch requests and responses from the start, for wait_for and har (false)"),
        .optional("har", .text, "name of a HAR file of everything, kept at the end"),
        .optional(
            "routes",
            .any,
            "array of answers in place of the network, see below; the first that is meant counts"
        ),
        .optional(
            "http_credentials",
            .object,
            "{origin, username, password} for a site that asks by HTTP; no other gets them"
        ),
        .optional("proxy", .object, "{server, bypass, username, password} for all of the job's pages"),
        .optional("ignore_certificate_errors", .boolean, "show pages whose certificate is not trusted (false)"),
        .optional("storage_state", .text, "artifact of storage_state to start with: cookies, local storage, databases"),
    ]

    private static let permissions = [
        "geolocation", "notifications", "camera", "microphone", "midi", "accelerometer", "gyroscope", "magnetometer",
        "clipboard-read", "clipboard-write", "background-sync", "idle-detection", "local-fonts", "payment-handler",
        "persistent-storage", "screen-wake-lock", "storage-access", "window-management",
    ]

    /// Members of `browser.viewport`.
    package static let viewport: [FieldSchema] = [
        .optional("width", .integer(1...8192), "CSS pixels (1280)"),
        .optional("height", .integer(1...8192), "CSS pixels (720)"),
        .optional("scale", .number, "device pixels a CSS pixel (1)"),
    ]

    /// What `trace` and `recording` say; true and false are on and off.
    package static let recordingModes = ["on", "off", "on_failure"]

    /// What Chromium takes for the members of `browser.geolocation`.
    package static let geolocationBounds: [(name: String, range: ClosedRange<Int>)] = [
        ("latitude", -90...90), ("longitude", -180...180), ("accuracy", 0...100_000),
    ]

    /// Members of `browser.geolocation`.
    package static let geolocation: [FieldSchema] = [
        .required("latitude", .number, "degrees, -90 to 90"),
        .required("longitude", .number, "degrees, -180 to 180"),
        .optional("accuracy", .number, "metres (0)"),
    ]

    /// Members of `browser.http_credentials`.
    package static let httpCredentials: [FieldSchema] = [
        .required("origin", .text, "https://host or https://host:port"),
        .required("username", .text, "name"),
        .required("password", .text, "password, usually a secret"),
    ]

    /// Members of `browser.proxy`.
    package static let proxy: [FieldSchema] = [
        .required("server", .text, "http://host:port, https://… or socks5://…"),
        .optional("bypass", .text, "hosts reached without it, separated by commas"),
        .optional("username", .text, "name"),
        .optional("password", .text, "password, usually a secret"),
    ]

    /// Members of an element of `browser.routes`.
    package static let route: [FieldSchema] = [
        .required("url", .text, "text the address contains, with * the whole address, or /regular expression/"),
        .optional("method", .text, "only requests of this method"),
        .optional("fulfil", .object, "{status, headers} and one of body, json, artifact: answer at once"),
        .optional("abort", .choice(abortReasons), "fail the request"),
        .optional(
            "modify",
            .object,
            "{headers, url, method, body}: send it changed; a header that is null is taken away"
        ),
    ]

    /// Members of `fulfil` of a route.
    package static let fulfil: [FieldSchema] = [
        .optional("status", .integer(100...599), "HTTP status (200)"),
        .optional("headers", .textMap, "of the response"),
        .optional("body", .text, "text of the response"),
        .optional("json", .any, "a value the response is, as JSON"),
        .optional("artifact", .text, "file the response is"),
    ]

    /// Members of `modify` of a route.
    package static let modify: [FieldSchema] = [
        .optional("headers", .object, "to set, or with null to take away"),
        .optional("url", .text, "where it goes instead; the page does not see it"),
        .optional("method", .text, "instead of its own"),
        .optional("body", .text, "instead of its own"),
    ]

    private static let abortReasons = [
        "failed", "aborted", "timed_out", "access_denied", "connection_closed", "connection_reset",
        "connection_refused",
        "connection_aborted", "connection_failed", "name_not_resolved", "internet_disconnected", "address_unreachable",
        "blocked_by_client", "blocked_by_response",
    ]

    /// Overlays a scenario may name.
    package static let maximumOverlays = 50
    /// Tasks a scenario may have.
    package static let maximumTasks = 1000
    /// What `job.<name>` offers to templates.
    package static let jobFacts = ["id", "name", "tenant", "attempt", "submitted"]
}
