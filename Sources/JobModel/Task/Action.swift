/// Everything a task can ask for.
package enum Action: String, Sendable, Hashable, CaseIterable {
    // Browser
    case goto, click, dblclick, tap, hover, focus, blur, fill, type, press, check, uncheck, select, upload, drag
    case waitFor = "wait_for"
    case extract, expect, screenshot, pdf, download, evaluate, scroll
    case switchPage = "switch_page"
    case closePage = "close_page"
    case reload, back, forward, dialog
    case storageState = "storage_state"
    case network, har
    /// The seed's name for any browser action; the action is in `op`.
    case playwright
    // Mail
    case sendMail = "send_mail"
    case readMail = "read_mail"
    case searchMail = "search_mail"
    case waitForMail = "wait_for_mail"
    case downloadAttachments = "download_attachments"
    case listMailFolders = "list_mail_folders"
    case markMail = "mark_mail"
    case moveMail = "move_mail"
    case deleteMail = "delete_mail"
    case replyMail = "reply_mail"
    case forwardMail = "forward_mail"
    case traceMail = "trace_mail"
    // File
    case readFile = "read_file"
    case writeFile = "write_file"
    case moveFile = "move_file"
    case hashFile = "hash_file"
    // Desktop: refused with `no_capable_worker` until an agent offers them
    case openApp = "open_app"
    case uia
    /// Has it done by an agent that has the capability.
    case delegate

    /// Each by its word: one after the other would be looked at otherwise.
    static let named = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// For one try, unless the task says; what paints or prints a long page takes longer than what touches one element.
    package var defaultTimeout: Duration {
        switch self {
        case .screenshot: .seconds(30)
        case .pdf, .download: .seconds(60)
        // An attachment may be large, and the copy in Sent Items takes its time.
        case .sendMail, .replyMail, .forwardMail, .downloadAttachments: .seconds(60)
        case .waitForMail, .traceMail: .seconds(120)
        case .readMail, .searchMail, .listMailFolders, .markMail, .moveMail, .deleteMail: .seconds(30)
        case .storageState: .seconds(30)
        case .delegate: .seconds(60)
        default: .seconds(8)
        }
    }
}
