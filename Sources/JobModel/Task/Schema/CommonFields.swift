/// The members every task may have, whatever its action.
package enum CommonFields {
    /// In the order docs/scenarios.md lists them.
    package static let all: [FieldSchema] = [
        .required("action", .text, "what to do"),
        .optional("id", .text, "name for other tasks to refer to; t0, t1, … unless set"),
        .optional("description", .text, "words for people, shown with the step"),
        .optional("executor", .choice(["browser", "mail", "file", "agent"]), "who does it, where several could"),
        .optional("page", .text, "which page (main); only for actions on a page"),
        .optional(
            "timeout",
            .timeLimit,
            "for one try (8 s; screenshot 30 s, pdf and delegate 60 s, mail 30 s, sending mail 60 s, waiting for mail 2 min)"
        ),
        .optional("depends_on", .any, "ids, or positions from 0, of tasks that must be done before"),
        .optional("retries", .integer(0...20), "further tries after the first (0)"),
        .optional("retry_delay", .duration, "between tries (1 s)"),
        .optional("retry", .object, "after which failures, and with which pauses ({policy: fixed})"),
        .optional("on_error", .text, "fail, continue, or the id of a task that runs in its place (fail)"),
        .optional("when", .any, "a template; false, null, 0 or \"\" skips the task"),
        .optional("for_each", .any, "a template that gives an array; the task runs once an item"),
        .optional("once", .boolean, "changes the world: never repeated blindly after a crash (false)"),
        .optional(
            "until",
            .condition,
            "what must be so afterwards; else the task is done again, where that is safe; only for actions that change a page"
        ),
        .optional("resume_at", .text, "URL at which the page can go on after a crash; only for actions on a page"),
    ]

    /// Their names.
    package static let names = Set(all.map(\.name))
}
