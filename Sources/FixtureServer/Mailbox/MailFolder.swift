/// A folder of a mailbox.
struct MailFolder: Sendable {
    let id: String
    /// Nil for a folder that somebody made.
    let wellKnown: WellKnownFolder?
    var displayName: String
    /// Id of the folder above; the root's is its own.
    var parent: String
    var isHidden = false
}
