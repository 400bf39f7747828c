/// How to reach a mail server by SMTP and IMAP.
package struct InternetMailSettings: Sendable {
    /// `smtp://host:587` (STARTTLS) or `smtps://host:465`.
    package var submissionURL: String
    /// `imap://host:143` (STARTTLS) or `imaps://host:993`; nil when there is none: then nothing can be read or looked up.
    package var storeURL: String?
    /// Whether an unencrypted connection is refused; false only for servers on this machine.
    package var requiresTLS: Bool
    /// Folder of sent mails; found by its purpose unless set.
    package var sentFolder: String?
    /// Folder of drafts; found by its purpose unless set.
    package var draftsFolder: String?
    /// PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorities: String?
    /// How long an unknown outcome is looked for.
    package var resolveWindow: Duration
    /// Connections to the store at a time for one user.
    package var concurrentConnections: Int

    /// Encrypted, with the folders the server names.
    package init(
        submissionURL: String,
        storeURL: String? = nil,
        requiresTLS: Bool = true,
        sentFolder: String? = nil,
        draftsFolder: String? = nil,
        certificateAuthorities: String? = nil,
        resolveWindow: Duration = .seconds(30),
        concurrentConnections: Int = 4
    ) {
        self.submissionURL = submissionURL
        self.storeURL = storeURL
        self.requiresTLS = requiresTLS
        self.sentFolder = sentFolder
        self.draftsFolder = draftsFolder
        self.certificateAuthorities = certificateAuthorities
        self.resolveWindow = resolveWindow
        self.concurrentConnections = concurrentConnections
    }
}
