package import DomainNames

/// Says whether a mail may go out; asked before anything is sent.
package protocol MailGuard: Sendable {
    func verdict(on mail: MailFacts) async -> MailVerdict
}

/// What a guard may look at.
package struct MailFacts: Sendable, Hashable {
    package var tenant: String
    package var job: String
    package var mailbox: String
    /// Addresses: to, cc and bcc.
    package var receivers: [String]
    /// What receivers, and those answers go to, are called.
    package var names: [String]
    package var subject: String
    /// As plain text; of an answer, or a mail that is passed on, with what is quoted once that is known.
    package var body: String
    /// Values of its own header fields.
    package var headers: [String]
    package var attachmentNames: [String]
    /// Of body and attachments.
    package var bytes: Int

    /// What there is to know about a mail.
    package init(
        tenant: String,
        job: String,
        mailbox: String,
        receivers: [String],
        names: [String] = [],
        subject: String,
        body: String,
        headers: [String] = [],
        attachmentNames: [String],
        bytes: Int
    ) {
        self.tenant = tenant
        self.job = job
        self.mailbox = mailbox
        self.receivers = receivers
        self.names = names
        self.subject = subject
        self.body = body
        self.headers = headers
        self.attachmentNames = attachmentNames
        self.bytes = bytes
    }
}

extension MailFacts {
    /// The same mail, now that the one it is about is known.
    package func completed(by mail: CompletedMail) -> MailFacts {
        var facts = self
        facts.receivers = mail.receivers
        facts.names = names + mail.names
        facts.subject = mail.subject
        facts.body = mail.body
        facts.attachmentNames += mail.files.map(\.name)
        facts.bytes += mail.files.reduce(mail.body.utf8.count - body.utf8.count) { $0 + $1.bytes }
        return facts
    }
}

/// A guard's answer; the sentence says which rule, which value, and what to do.
package enum MailVerdict: Sendable, Hashable {
    case allow
    case deny(String)
    /// A person must agree first.
    case needsApproval(String)
}

/// The rules an operator sets: receivers' domains, how many, how large.
package struct MailRules: MailGuard, Hashable {
    /// Domains mail may go to without asking; empty for any.
    package var domains: [DomainPattern]
    /// Domains mail never goes to.
    package var deniedDomains: [DomainPattern]
    /// Receivers of one mail.
    package var mostReceivers: Int
    /// Bytes of body and attachments.
    package var mostBytes: Int

    /// Any domain, 500 receivers (what Exchange takes), 150 MB (what Graph takes).
    package init(
        domains: [DomainPattern] = [],
        deniedDomains: [DomainPattern] = [],
        mostReceivers: Int = 500,
        mostBytes: Int = 150_000_000
    ) {
        self.domains = domains
        self.deniedDomains = deniedDomains
        self.mostReceivers = mostReceivers
        self.mostBytes = mostBytes
    }

    package func verdict(on mail: MailFacts) async -> MailVerdict {
        guard mail.receivers.count <= mostReceivers else {
            return .deny("The mail has \(mail.receivers.count) receivers; mail_max_recipients allows \(mostReceivers).")
        }
        guard mail.bytes <= mostBytes else {
            return .deny("The mail has \(mail.bytes) bytes; mail_max_bytes allows \(mostBytes).")
        }
        for address in mail.receivers {
            guard let domain = address.split(separator: "@").last.flatMap({ DomainName($0) }) else {
                return .deny("Mail to \(address) is not allowed: what stands behind its @ is no domain.")
            }
            if let denied = deniedDomains.first(where: { $0.matches(domain) }) {
                return .deny("Mail to \(address) is not allowed: mail_denied_domains has '\(denied)'.")
            }
        }
        let outside = domains.isEmpty ? nil : mail.receivers.first { !isInside($0) }
        if let outside { return .needsApproval("The domain of \(outside) is not among mail_domains.") }
        return .allow
    }

    private func isInside(_ address: String) -> Bool {
        guard let domain = address.split(separator: "@").last.flatMap({ DomainName($0) }) else { return false }
        return domains.contains { $0.matches(domain) }
    }
}
