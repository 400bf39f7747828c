/// The folders every mailbox has; the raw value is the well-known name.
enum WellKnownFolder: String, Sendable, CaseIterable {
    case archive, conversationhistory, deleteditems, drafts, inbox, junkemail, outbox, sentitems
    /// The parent of all that people see.
    case msgfolderroot
    /// Where deleted messages go for a while; no part of what lists and searches show.
    case recoverableitemsdeletions

    /// Whether it stands at the top of what people see.
    var isListed: Bool { self != .msgfolderroot && self != .recoverableitemsdeletions }

    /// The name people see, in the language of the mailbox.
    func displayName(_ language: MailboxLanguage) -> String {
        let (german, english) = names
        return language == .german ? german : english
    }

    private var names: (german: String, english: String) {
        switch self {
        case .archive: ("Archiv", "Archive")
        case .conversationhistory: ("Verlauf der Unterhaltung", "Conversation History")
        case .deleteditems: ("Gelöschte Elemente", "Deleted Items")
        case .drafts: ("Entwürfe", "Drafts")
        case .inbox: ("Posteingang", "Inbox")
        case .junkemail: ("Junk-E-Mail", "Junk Email")
        case .outbox: ("Postausgang", "Outbox")
        case .sentitems: ("Gesendete Elemente", "Sent Items")
        case .msgfolderroot: ("Oberste Ebene des Informationsspeichers", "Top of Information Store")
        case .recoverableitemsdeletions: ("Deletions", "Deletions")
        }
    }

    /// The end of the folder's id, as in recorded answers.
    var idSuffix: String {
        switch self {
        case .archive: "AAACAVcAAAA="
        case .conversationhistory: "AAACAUoAAAA="
        case .deleteditems: "AAACAQoAAAA="
        case .drafts: "AAACAQ8AAAA="
        case .inbox: "AAACAQwAAAA="
        case .junkemail: "AAACARYAAAA="
        case .outbox: "AAACAQsAAAA="
        case .sentitems: "AAACAQkAAAA="
        case .msgfolderroot: "AAACAQgAAAA="
        case .recoverableitemsdeletions: "AAACAREAAAA="
        }
    }
}

/// The language a mailbox was set up in: its folders have names in it.
enum MailboxLanguage: String, Sendable, CaseIterable {
    case german = "de"
    case english = "en"
}
