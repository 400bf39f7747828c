/// A rule of the operator that said no to something a job wanted.
package struct PolicyDenial: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rule's name, as docs/security.md lists them.
    package var rule: String
    /// What it was about, and what to do: sentences without secrets.
    package var message: String
    /// The member of the task, or the variable, that it was about, when it was one.
    package var field: String?
    /// The message with the rule's name.
    package var description: String { message.contains("(rule '") ? message : "\(message) (rule '\(rule)')" }

    /// A denial.
    package init(rule: String, message: String, field: String? = nil) {
        self.rule = rule
        self.message = message
        self.field = field
    }
}
