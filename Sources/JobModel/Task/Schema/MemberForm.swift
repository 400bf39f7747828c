/// What a member must look like beyond its type: without it no executor takes the task, whatever happens before.
///
/// Looser than what executors check, never stricter, but for the names of files a page gives: of what a template comes to,
/// an executor makes a name that fits. Only what is written is held against it; what a template comes to is seen when the
/// task runs.
enum MemberForm: Sendable, Hashable {
    /// Mail addresses, at least one.
    case receivers
    /// Mail addresses.
    case copies
    /// The name of one of the job's files, or an array of them.
    case fileName
    /// An address pages may be sent to.
    case pageAddress
    /// A number within bounds.
    case number(ClosedRange<Double>)
    /// A length on paper.
    case length
    /// A length on paper for all sides, or one a side.
    case margin
    /// Pages of a document.
    case pageRanges
    /// A key, or a key and what is held down meanwhile.
    case keyChord
    /// A point in time, RFC 3339.
    case time
    /// A duration of at least so many seconds.
    case pause(seconds: Int)
    /// Header fields of a mail.
    case mailHeaders
    /// Header fields of a request or a response.
    case headers
    /// Names of files, or files written out.
    case uploads
    /// A part of a page.
    case clip
    /// A language tag.
    case locale
    case timeZone
    /// The origin of a site.
    case origin
    case proxyServer
    /// The type of a file.
    case mediaType
}

extension MemberForm {
    /// The form of a member of an action; nil when its type says all.
    static func of(_ member: String, in action: Action) -> MemberForm? {
        switch ActionSchema.of(action).executor {
        case "browser": ofBrowser(member, in: action)
        case "mail": ofMail(member, in: action)
        case "file": ofFile(member)
        default: nil
        }
    }

    private static func ofBrowser(_ member: String, in action: Action) -> MemberForm? {
        switch (action, member) {
        case (.goto, "url"), (.download, "url"): .pageAddress
        case (.press, "key"): .keyChord
        case (.upload, "files"): .uploads
        case (.upload, "directory"), (.storageState, "load"): .fileName
        case (.screenshot, "name"), (.pdf, "name"), (.download, "name"), (.storageState, "name"), (.har, "name"):
            .fileName
        case (.screenshot, "clip"): .clip
        case (.pdf, "scale"): .number(0.1...2)
        case (.pdf, "width"), (.pdf, "height"): .length
        case (.pdf, "margin"): .margin
        case (.pdf, "pages"): .pageRanges
        default: nil
        }
    }

    private static func ofFile(_ member: String) -> MemberForm? {
        switch member {
        case "path", "to": .fileName
        case "content_type": .mediaType
        default: nil
        }
    }

    private static func ofMail(_ member: String, in action: Action) -> MemberForm? {
        switch (action, member) {
        case (.sendMail, "to"), (.forwardMail, "to"): .receivers
        case (.sendMail, "cc"), (.sendMail, "bcc"), (.sendMail, "reply_to"), (.replyMail, "cc"), (.replyMail, "bcc"),
            (.forwardMail, "cc"), (.forwardMail, "bcc"):
            .copies
        case (.sendMail, "attachments"), (.replyMail, "attachments"), (.forwardMail, "attachments"): .fileName
        case (.sendMail, "headers"): .mailHeaders
        case (.searchMail, "since"), (.searchMail, "until"), (.waitForMail, "since"): .time
        case (.traceMail, "every"): .pause(seconds: 3)
        default: nil
        }
    }

    // MARK: Members around the tasks

    /// Of `browser`.
    static let forBrowser: [String: MemberForm] = [
        "locale": .locale, "timezone": .timeZone, "headers": .headers, "har": .fileName, "storage_state": .fileName,
    ]
    /// Of the objects in `browser`.
    static let forObjectsInBrowser: [String: [String: MemberForm]] = [
        "viewport": ["scale": .number(0.1...8)], "http_credentials": ["origin": .origin],
        "proxy": ["server": .proxyServer],
    ]
    /// Of `fulfil` of a route.
    static let forFulfil: [String: MemberForm] = ["headers": .headers, "artifact": .fileName]
    /// Of `modify` of a route.
    static let forModify: [String: MemberForm] = ["headers": .headers]
    /// Of an overlay.
    static let forOverlay: [String: MemberForm] = ["press": .keyChord]
}
