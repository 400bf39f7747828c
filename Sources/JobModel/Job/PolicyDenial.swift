/// A rule of the operator that said no to something a job wanted.
package struct PolicyDenial: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rule's name, as docs/security.md lists them.
    package var rule: String
    /// What it was about, and what to do: sentences without secrets.
    package var message: String
    /// The message with the rule's name.
    package var description: String { message.contains("(rule '") ? message : "\(message) (rule '\(rule)')" }

    /// A denial.
    package init(rule: String, message: String) {
        self.rule = rule
        self.message = message
    }
}
