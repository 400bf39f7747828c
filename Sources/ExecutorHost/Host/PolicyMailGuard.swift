import JobModel
import MailModel
import Security

/// The policies of tenants, asked with whom a mail really goes to and what it really shows: the receivers of an answer stand
/// in no scenario, nor does what a mail that is passed on holds, and markup may hide a number.
struct PolicyMailGuard: MailGuard {
    let policies: PolicySource

    func verdict(on mail: MailFacts) async -> MailVerdict {
        do throws(PolicyDenial) {
            let check = policies.check(for: TenantID(mail.tenant))
            try check.check(recipients: mail.receivers)
            try check.check(mailTexts: [mail.subject, mail.body] + mail.attachmentNames + mail.names + mail.headers)
            return .allow
        } catch {
            return .deny("The mail is denied. \(error)")
        }
    }
}
