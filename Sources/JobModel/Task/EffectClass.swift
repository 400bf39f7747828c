/// What a crash may repeat.
package enum EffectClass: String, Sendable, Hashable {
    /// Changes nothing (extract, screenshot, expect, read_mail): repeated freely.
    case read
    /// Changes the page session (goto, click, fill): repeated with its page session from the start.
    case page
    /// Changes the world (send_mail, file write, a step marked `once`): journalled, never blindly repeated.
    case effect
}
