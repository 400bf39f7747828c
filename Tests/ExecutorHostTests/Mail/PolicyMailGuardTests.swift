import FoundationEssentials
import MailModel
import Security
import Testing

@testable import ExecutorHost

struct PolicyMailGuardTests {
    private func verdict(on receivers: [String], tenant: String) async throws -> MailVerdict {
        let text = """
            default: { mail: { domains: [kunde.example], maximum_recipients: 2 } }
            tenants: { acme: { mail: { domains: [acme.example] } } }
            """
        let policies = try Policies(parsing: Array(text.utf8), file: "policies.yaml")
        let facts = MailFacts(
            tenant: tenant,
            job: "j1",
            mailbox: "buero@kanzlei.example",
            receivers: receivers,
            subject: "AW: Rechnung",
            body: "",
            attachmentNames: [],
            bytes: 0
        )
        return await PolicyMailGuard(policies: PolicySource(policies)).verdict(on: facts)
    }

    @Test(arguments: [
        (["anna@kunde.example"], "default", nil), (["anna@kunde.example"], "acme", "mail_domain"),
        (["x@acme.example"], "acme", nil), (["anna@kunde.example", "x@evil.example"], "default", "mail_domain"),
        (["{{x@evil.example"], "default", "mail_domain"),
        (["a@kunde.example", "b@kunde.example", "c@kunde.example"], "default", "mail_recipients"),
    ])
    func `a mail's real receivers are held against its tenant's policy`(
        receivers: [String],
        tenant: String,
        rule: String?
    ) async throws {
        switch try await verdict(on: receivers, tenant: tenant) {
        case .allow: #expect(rule == nil)
        case .deny(let reason): #expect(rule.map { reason.contains("(rule '\($0)')") } == true, "\(reason)")
        case .needsApproval(let reason): Issue.record("\(reason)")
        }
    }
}
