/// The members of `retry`, of a scenario and of a task.
package enum RetrySchema {
    /// The delays' ways to go on.
    package static let policies = ["fixed", "exponential", "list"]

    /// In the order docs/scenarios.md lists them.
    package static let fields: [FieldSchema] = [
        .optional("policy", .choice(policies), "how the delays go on (a job: exponential, a task: fixed)"),
        .optional("delay", .duration, "fixed: the delay; exponential: the first (a job: 2 s, a task: 1 s)"),
        .optional("factor", .number, "exponential: each delay is so many times the one before, 1 to 10 (2)"),
        .optional("max_delay", .duration, "exponential: no delay is longer (5m)"),
        .optional("delays", .any, "list: an array of up to 100 durations; the last one stays"),
        .optional("jitter", .number, "share of each delay that chance decides, 0 to 1 (exponential: 1, else 0)"),
        .optional("on", .textList, "tried again only after these: reason codes, application, business (application)"),
        .optional("never_on", .textList, "never after these: reason codes, application, business"),
    ]

    /// Delays a list may have.
    package static let maximumDelays = 100
}
