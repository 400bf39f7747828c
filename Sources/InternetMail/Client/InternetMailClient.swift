import Cryptography
import FoundationEssentials
package import HTTPClient
package import MailModel
import Telemetry

/// Sends mail by SMTP, reads and looks it up by IMAP.
///
/// Safe from anywhere; holds no connection of its own.
package struct InternetMailClient: MailProvider {
    package let name = "SMTP and IMAP"
    package let searchesAllFolders = false
    let settings: InternetMailSettings
    let environment: InternetMailEnvironment
    let transport: any MailTransport
    /// Connections to the store at a time, a user.
    let limiter: MailboxLimiter

    /// A client; nothing is sent before the first call.
    package init(
        _ settings: InternetMailSettings,
        transport: any MailTransport,
        environment: InternetMailEnvironment
    ) {
        self.settings = settings
        self.transport = transport
        self.environment = environment
        limiter = MailboxLimiter(limit: settings.concurrentConnections)
    }

    /// Logs in at both servers for a check of the settings; gives back how many folders the store has, nil without one.
    package func check(_ mailbox: String) async throws -> Int? {
        let deadline = environment.now() + .seconds(20)
        try await submit(.logIn, during: "logging in", of: mailbox, deadline)
        guard settings.storeURL != nil else { return nil }
        return try await store(mailbox, deadline).folders().count
    }

    func store(_ mailbox: String, _ deadline: ContinuousClock.Instant) -> MailStore {
        MailStore(
            settings: settings,
            environment: environment,
            transport: transport,
            limiter: limiter,
            mailbox: mailbox,
            deadline: deadline
        )
    }

    /// The same for every try of a mail, and for nothing else.
    static func messageID(of mail: OutgoingMail) -> String {
        let sender = (try? mail.sender()) ?? mail.mailbox
        let host = sender.split(separator: "@").last.map(String.init) ?? "localhost"
        return "<cpa.\(SHA256.digest(of: "\(mail.mailbox)\n\(mail.key)").hex.prefix(40))@\(host)>"
    }

    package func pause(_ duration: Duration) async throws { try await environment.sleep(duration) }

    // MARK: Sending

    package func send(
        _ mail: OutgoingMail,
        mode: SentMail.Mode,
        verify: Bool,
        deadline: ContinuousClock.Instant,
        willSend: @Sendable () async throws -> Void = {}
    ) async throws -> SentMail {
        let directory = FileManager.default.temporaryDirectory.appending(path: "cpa-mime-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "mail.eml").path
        let own = mail.attachments.count
        let (mail, thread) = try await completed(try mail.addressedInASCII(), in: directory.path, deadline)
        if mail.basis != nil, let objection = await mail.objection(CompletedMail(mail, own: own)) {
            throw MailError(.policy, objection)
        }
        let writer = MessageWriter(
            mail: mail,
            messageID: Self.messageID(of: mail),
            date: IMAPDate.header(environment.unixTime()),
            references: thread
        )
        try await environment.blocking { try writer.write(to: path) }
        let relay = Relay(client: self, mail: mail, path: path, deadline: deadline)
        return try await relay.run(verify: verify, willSend)
    }

    package func resolve(
        _ mail: OutgoingMail,
        mode: SentMail.Mode,
        verify: Bool,
        deadline: ContinuousClock.Instant
    ) async throws -> SentMail? {
        guard settings.storeURL != nil else { throw undecided(mail) }
        let relay = Relay(client: self, mail: mail, path: "", deadline: deadline)
        var waited = Duration.zero
        while true {
            let found = try await relay.look()
            if let sent = found.sent {
                return SentMail(trace: sent, mode: .draft, proof: .inSentItems, wasAlreadySent: true)
            }
            // The mark is set before the mail is submitted: without it nothing was.
            if !found.hasDraft { return nil }
            let pause = Duration.seconds(2)
            guard waited < settings.resolveWindow, environment.now() + pause < deadline else {
                throw undecided(mail)
            }
            try await environment.sleep(pause)
            waited += pause
        }
    }

    func undecided(_ mail: OutgoingMail) -> MailError {
        MailError(
            .unknownOutcome,
            "Nobody can say whether the mail \(Self.messageID(of: mail)) of \(mail.mailbox) went out: the server's answer was lost, "
                + (settings.storeURL != nil
                    ? "and it is not among the sent mails. Look into the receiver's mailbox, then delete the draft that marks it."
                    : "and without IMAP nothing can be looked up. Look into the receiver's mailbox, or the log of the server.")
        )
    }

    // MARK: Answers and mails that are passed on

    /// Receivers, subject, quoted text and files of the mail it is about, and the Message-IDs an answer names.
    private func completed(
        _ mail: OutgoingMail,
        in directory: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> (mail: OutgoingMail, thread: [String]) {
        guard let basis = mail.basis else { return (mail, []) }
        let (original, part) = try await whole(basis.message, in: mail.mailbox, deadline)
        var mail = mail
        let words = mail.bodyType == .html ? mail.body : MailText.html(plain: mail.body)
        let quoted = original.html ?? MailText.html(plain: original.body)
        let line = MailText.html(plain: "\(original.from), \(original.received):")
        mail.body = MailText.inserting("\(words)<hr>\(line)", intoBodyOf: quoted)
        mail.bodyType = .html
        switch basis {
        case .reply(_, let all):
            try mail.address(toThoseOf: part, all: all)
            mail.subject = Self.prefixed("Re", original.subject)
            return (mail, part.thread)
        case .forward:
            mail.subject = Self.prefixed("Fwd", original.subject)
            for (index, file) in part.files.enumerated() {
                let bytes = file.part.bytes
                let path = "\(directory)/\(index)"
                try await environment.blocking { try Data(bytes).write(to: URL(filePath: path)) }
                mail.attachments.append(
                    OutgoingAttachment(
                        path: path,
                        name: file.attachment.name,
                        contentType: file.attachment.contentType,
                        bytes: bytes.count,
                        sha256: SHA256.digest(of: bytes).hex,
                        contentID: mail.contentID(of: file.part, shownIn: quoted)
                    )
                )
            }
            return (mail, [])
        }
    }

    private static func prefixed(_ prefix: String, _ subject: String) -> String {
        subject.lowercased().hasPrefix(prefix.lowercased() + ":") ? subject : "\(prefix): \(subject)"
    }
}

extension CompletedMail {
    /// What a mail has become.
    ///
    /// - Parameter own: how many of its files it had before; the others came from the mail it is about.
    fileprivate init(_ mail: OutgoingMail, own: Int) {
        self.init(
            receivers: mail.receivers,
            names: mail.names,
            subject: mail.subject,
            body: mail.plainBody,
            files: mail.attachments.dropFirst(own).map { File(name: $0.name, bytes: $0.bytes) }
        )
    }
}
