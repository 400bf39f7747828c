import JobModel
import MailModel
import Security

/// The policies of tenants, asked with whom a mail really goes to: the receivers of an answer stand in no scenario.
struct PolicyMailGuard: MailGuard {
    let policies: PolicySource

    func verdict(on mail: MailFacts) async -> MailVerdict {
        do throws(PolicyDenial) {
            try PolicyCheck(policies[TenantID(mail.tenant)]).check(recipients: mail.receivers)
            return .allow
        } catch {
            return .deny("The mail is denied. \(error)")
        }
    }
}
