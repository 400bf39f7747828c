import FoundationEssentials
import MailModel
import Security
import Testing

@testable import ExecutorHost

struct PolicyMailGuardTests {
    private func verdict(
        on receivers: [String],
        tenant: String,
        body: String = "",
        files: [String] = [],
        names: [String] = [],
        headers: [String] = []
    ) async throws -> MailVerdict {
        let text = """
            default:
              mail: { domains: [kunde.example], maximum_recipients: 2 }
              pii: { rules: [{ kinds: [email], action: allow }, { kinds: [iban], where: [mail], action: mask }] }
            tenants: { acme: { mail: { domains: [acme.example] }, pii: {} } }
            """
        let policies = try Policies(parsing: Array(text.utf8), file: "policies.yaml")
        let facts = MailFacts(
            tenant: tenant,
            job: "j1",
            mailbox: "buero@kanzlei.example",
            receivers: receivers,
            names: names,
            subject: "AW: Rechnung",
            body: body,
            headers: headers,
            attachmentNames: files,
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

    @Test func `what a mail shows behind its markup, in names and in header fields is held against the policy too`()
        async throws
    {
        let anna = ["anna@kunde.example"]
        for (body, files) in [
            ("an anna@kunde.example: DE89 3704 0044 0532 0130 00", []), ("", ["DE89370400440532013000.pdf"]),
        ] {
            guard case .deny(let reason) = try await verdict(on: anna, tenant: "default", body: body, files: files)
            else {
                Issue.record("\(body) \(files) went out")
                continue
            }
            #expect(reason.contains("(rule 'pii_iban')") && !reason.contains("3704"))
            let free = try await verdict(on: ["x@acme.example"], tenant: "acme", body: body, files: files)
            #expect(free == .allow, "the control: a tenant without the rule")
        }
        for (names, headers) in [(["DE89 3704 0044 0532 0130 00"], []), ([], ["DE89370400440532013000"])] {
            let verdict = try await verdict(on: anna, tenant: "default", names: names, headers: headers)
            guard case .deny(let reason) = verdict else {
                Issue.record("\(names) \(headers) went out")
                continue
            }
            #expect(reason.contains("(rule 'pii_iban')") && !reason.contains("3704"))
        }
        let masked = try await verdict(on: anna, tenant: "default", body: "an anna@kunde.example: [iban …3000]")
        #expect(masked == .allow, "what was blackened goes")
    }
}
