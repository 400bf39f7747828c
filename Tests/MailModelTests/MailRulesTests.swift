import DomainNames
import MailModel
import Testing

@Suite struct MailRulesTests {
    private static func facts(_ receivers: [String], bytes: Int = 10) -> MailFacts {
        MailFacts(
            tenant: "default",
            job: "j",
            mailbox: "a@kanzlei.de",
            receivers: receivers,
            subject: "s",
            body: "b",
            attachmentNames: [],
            bytes: bytes
        )
    }

    private static var rules: MailRules {
        get throws {
            MailRules(
                domains: [try DomainPattern("kunde.de"), try DomainPattern(".kanzlei.de")],
                deniedDomains: [try DomainPattern("evil.kanzlei.de"), try DomainPattern("böse.example")],
                mostReceivers: 3,
                mostBytes: 100
            )
        }
    }

    @Test func `receivers of the domains named get their mail`() async throws {
        let mail = Self.facts(["a@kunde.de", "b@KANZLEI.de", "c@sub.kanzlei.de"], bytes: 100)
        #expect(try await Self.rules.verdict(on: mail) == .allow)
        #expect(await MailRules().verdict(on: Self.facts(["a@anywhere.example"])) == .allow)
    }

    @Test(arguments: ["a@sub.kunde.de", "a@notkanzlei.de", "a@kunde.de.evil.example", "a@xkunde.de"])
    func `an outside domain needs a person`(address: String) async throws {
        guard case .needsApproval(let reason) = try await Self.rules.verdict(on: Self.facts(["a@kunde.de", address]))
        else {
            Issue.record("it goes")
            return
        }
        #expect(reason.contains(address) && reason.contains("mail_domains"))
    }

    @Test func `too many receivers, too many bytes and denied domains are refused, each with its setting`() async throws
    {
        for (mail, setting) in [
            (Self.facts(["a@kunde.de", "b@kunde.de", "c@kunde.de", "d@kunde.de"]), "mail_max_recipients"),
            (Self.facts(["a@kunde.de"], bytes: 101), "mail_max_bytes"),
            (Self.facts(["a@evil.kanzlei.de"]), "mail_denied_domains"),
            (Self.facts(["a@ＥＶＩＬ.kanzlei.de"]), "mail_denied_domains"),
            (Self.facts(["a@xn--bse-sna.example"]), "mail_denied_domains"),
        ] {
            guard case .deny(let reason) = try await Self.rules.verdict(on: mail) else {
                Issue.record("\(setting) does not count")
                continue
            }
            #expect(reason.contains(setting))
        }
    }
}
