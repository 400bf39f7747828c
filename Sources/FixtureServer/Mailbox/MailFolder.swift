/// The folders every mailbox has; the raw value is the well-known name.
enum MailFolder: String, Sendable, CaseIterable {
    case archive, deleteditems, drafts, inbox, junkemail, outbox, sentitems

    /// The name people see, in the language of the mailbox.
    var displayName: String {
        switch self {
        case .archive: "Archiv"
        case .deleteditems: "Gelöschte Elemente"
        case .drafts: "Entwürfe"
        case .inbox: "Posteingang"
        case .junkemail: "Junk-E-Mail"
        case .outbox: "Postausgang"
        case .sentitems: "Gesendete Elemente"
        }
    }

    /// The end of the folder's id, as in recorded answers.
    var idSuffix: String {
        switch self {
        case .archive: "AAACAVcAAAA="
        case .deleteditems: "AAACAQoAAAA="
        case .drafts: "AAACAQ8AAAA="
        case .inbox: "AAACAQwAAAA="
        case .junkemail: "AAACARYAAAA="
        case .outbox: "AAACAQsAAAA="
        case .sentitems: "AAACAQkAAAA="
        }
    }
}
