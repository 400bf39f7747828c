import JSON

/// Scenarios without a network.
enum Scenarios {
    /// Reads a heading.
    static let short: JSONObject = [
        "name": "short",
        "tasks": [
            ["id": "open", "action": "goto", "url": "data:text/html,<h1>Short</h1>"],
            ["id": "read", "action": "extract", "selector": "css=h1"],
        ],
        "outputs": ["text": "{{ tasks.read.text }}"],
    ]

    /// Waits in step `slow` for what a page shows after some seconds, then goes on with `tasks`.
    static func slow(seconds: Int, then tasks: [JSONValue] = []) -> JSONObject {
        let script = "setTimeout(() => { document.body.innerHTML = '<p id=late>late</p>' }, \(seconds * 1000))"
        let first: [JSONValue] = [
            ["id": "open", "action": "goto", "url": .string("data:text/html,<body><script>\(script)</script>")],
            ["id": "slow", "action": "wait_for", "selector": "css=#late", "timeout": "30s"],
        ]
        return ["name": "slow", "tasks": .array(first + tasks)]
    }

    /// A step `mail` that sends one mail of the fixtures' mailbox.
    static let mail: JSONValue = [
        "id": "mail", "action": "send_mail", "mailbox": "buero@kanzlei.example", "to": "anna@kunde.example",
        "subject": "Once", "text": "Exactly once.", "timeout": "30s",
    ]
}
