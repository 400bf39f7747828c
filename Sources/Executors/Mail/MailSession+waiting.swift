import FoundationEssentials
import JSON
import JobModel
import MailModel
import RegularExpressions

extension MailSession {
    func wait(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let task = step.task
        let mailbox = try task.mailbox(desk.sender)
        let folder = try task.folder("folder") ?? .purpose(.inbox)
        let match = try MailMatch(task)
        let age = try task.duration("max_age") ?? .seconds(60)
        let every = max(try task.duration("every") ?? .seconds(3), .milliseconds(500))
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let since = try task.time("since") ?? RFC3339.format(now - Int64(age / .milliseconds(1)))
        let began = ContinuousClock.now
        var watch: (any MailWatch)?
        var seen = PassedMails()
        // What a look has brought does not come again: it stays here until it was looked at.
        var pending: [ReceivedMail] = []
        var failure: MailError?
        while true {
            var pause = every
            do {
                if watch == nil { watch = try await provider.watch(folder, of: mailbox, since: since) }
                pending += try await watch?.poll(deadline: step.deadline) ?? []
                pending.sort { $0.received > $1.received }
                while let mail = pending.first {
                    // A pattern may work half a second on each.
                    try Task.checkCancellation()
                    seen.note(mail)
                    let isNew = mail.received.isEmpty || mail.received >= String(since.prefix(19))
                    if isNew, match.admits(mail), !seen.isCostly(mail) {
                        do {
                            if let found = try await look(mail, mailbox, match, deadline: step.deadline, provider) {
                                return Self.outcome(found.mail, found.finding, waited: ContinuousClock.now - began)
                            }
                        } catch is RegularExpressionError {
                            // Another mail may be the one that is waited for.
                            seen.noteCostly(mail)
                        }
                    }
                    pending.removeFirst()
                }
            } catch let error as MailError where error.code == .unavailable || error.code == .throttled {
                failure = error
                pause = Self.pause(after: error, every, until: step.deadline)
            }
            guard ContinuousClock.now + pause < step.deadline else {
                throw Self.nothing(folder, mailbox, since, seen, match, failure)
            }
            step.report(["waiting_for": "mail", "seen": .init(seen.count)])
            try await provider.pause(pause)
        }
    }

    /// How long to wait after a look that failed.
    ///
    /// A wish that is longer than the time left is the provider's to keep: it asks nothing before, and it may end early.
    private static func pause(
        after error: MailError,
        _ every: Duration,
        until deadline: ContinuousClock.Instant
    ) -> Duration {
        guard let wish = error.retryAfter, ContinuousClock.now + wish < deadline else { return every }
        return max(every, wish)
    }

    /// Looks at what a list does not show: links and the names of attachments.
    ///
    /// - Throws: `RegularExpressionError` when the pattern takes too long on this mail.
    private func look(
        _ mail: ReceivedMail,
        _ mailbox: String,
        _ match: MailMatch,
        deadline: ContinuousClock.Instant,
        _ provider: any MailProvider
    ) async throws -> (mail: ReceivedMail, finding: MailMatch.Finding)? {
        var mail = mail
        guard let groups = try match.groups(in: mail) else { return nil }
        if match.link != nil { mail = try await provider.message(mail.id, in: mailbox, deadline: deadline) }
        guard let finding = match.finding(groups, in: mail) else { return nil }
        guard let wanted = match.attachment else { return (mail, finding) }
        let names = try await provider.attachments(of: mail.id, in: mailbox, deadline: deadline).map(\.name)
        return names.contains(where: wanted.matches) ? (mail, finding) : nil
    }

    private static func outcome(_ mail: ReceivedMail, _ finding: MailMatch.Finding, waited: Duration) -> StepOutcome {
        var outputs = mail.outputs
        outputs["text"] = .string(mail.body)
        outputs["code"] = finding.code.map { .string($0) } ?? .null
        outputs["groups"] = .array(finding.groups.dropFirst().map { .string($0) })
        outputs["link"] = finding.link.map { .string($0) } ?? .null
        outputs["waited"] = .number((waited / .milliseconds(1) / 1000 * 1000).rounded() / 1000)
        return StepOutcome(outputs: outputs, touched: "mail from \(mail.from) \"\(mail.subject)\"")
    }

    private static func nothing(
        _ folder: FolderReference,
        _ mailbox: String,
        _ since: String,
        _ seen: PassedMails,
        _ match: MailMatch,
        _ failure: MailError?
    ) -> StepFailure {
        StepFailure(
            reason: .timeout,
            message:
                "No mail that fits arrived in \(folder) of \(mailbox) since \(since); \(seen.words). Raise 'timeout', or loosen "
                + "what it must have." + seen.words(about: match.pattern?.pattern ?? "")
                + (failure.map { " Not every look was answered: \($0)" } ?? ""),
            isRetryable: true
        )
    }
}
