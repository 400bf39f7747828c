/// What to do when a page opens an alert, confirm or prompt, so that none ever stops a run.
///
/// A `beforeunload` dialog is accepted unless the page's options say otherwise: who navigates away means it.
package enum DialogPolicy: Sendable, Hashable {
    case accept
    case dismiss
    /// Accepts; a prompt gets this text.
    case answer(String)
    /// Dismisses, and fails the step that runs with `dialog_open`.
    case fail
}

/// What was said about one dialog to come.
struct AnnouncedDialog {
    var policy: DialogPolicy
    /// Nil: any that is no `beforeunload`.
    var kind: String?
}

/// A dialog that was seen, for the step's log.
package struct DialogRecord: Sendable, Hashable {
    /// `alert`, `confirm`, `prompt` or `beforeunload`.
    package var kind: String
    /// The page's words.
    package var message: String
    /// Whether it was accepted.
    package var wasAccepted: Bool

    package init(kind: String, message: String, wasAccepted: Bool) {
        self.kind = kind
        self.message = message
        self.wasAccepted = wasAccepted
    }
}
