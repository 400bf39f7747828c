import FoundationEssentials
import TestSupport
import Testing

@testable import ExecutorHost

/// `cpa doctor` says of settings what `cpa serve` would.
@Suite struct SettingCheckTests {
    private func results(_ environment: [String: String]) async throws -> [(name: String, result: Check.Result)] {
        let invocation = Invocation(
            arguments: Arguments(),
            configuration: try Configuration(environment: environment),
            terminal: Terminal(result: { _ in }, note: { _ in }),
            environment: environment
        )
        var results: [(name: String, result: Check.Result)] = []
        for check in Check.settings(of: invocation) {
            results.append((check.name, await check.run(invocation.configuration)))
        }
        return results
    }

    @Test(arguments: [
        ("CPA_POLICIES", "/nope", "policies", "'/nope' cannot be read: No such file"),
        ("CPA_INTENTS_FILE", "/nope", "intents", "/nope: cannot be read"),
        ("CPA_MAIL_DOMAINS", "a@b.de", "mail domains", "mail_domains: 'a@b.de' has an @"),
        ("CPA_VAULT_URL", "https://vault.example", "vault", "vault_token (CPA_VAULT_TOKEN) must let us in"),
        ("CPA_JWKS", "/nope", "tokens", "jwt_issuer and jwt_audience must say"),
        ("CPA_AGENT_ENDPOINTS", "http://x/", "agents", "agent_endpoints: 'http://x/' is no host or host:port"),
        ("CPA_WEBHOOK_ALLOW", "foo", "webhooks", "webhook_allow: 'foo' is no host:port"),
        ("CPA_WEBHOOK_PREVIOUS_SECRET_FILE", "/nope", "webhooks", "Cannot read the key file '/nope': No such file"),
        ("CPA_SECRETS_KEY", "abc", "secrets", "is not 32 bytes"),
        ("CPA_QUEUE", "a b", "queue", "queue: 'a b' is no name"),
        ("CPA_TLS_CERT", "/etc/hostname", "tls", "needs its key"),
    ])
    func `a setting no service starts with fails, with the setting to correct`(
        variable: String,
        value: String,
        name: String,
        words: String
    ) async throws {
        try await withTemporaryDirectory { directory in
            let found = try await results([variable: value, "CPA_DATA_DIR": directory]).filter { $0.name == name }
            try #require(found.count == 1)
            #expect(found[0].result.word == "fail" && found[0].result.detail.contains(words), "\(found)")
            #expect(found[0].result.fix?.contains(variable) == true)
        }
    }

    @Test(arguments: [
        ("CPA_SECRETS_FILE", "/nope", "secrets file", "is not there: /nope", "correct CPA_SECRETS_FILE"),
        (
            "CPA_AUDIT_CHECKPOINTS", "/nope/x", "checkpoints", "cannot be written: No such file or directory, /nope/x",
            "correct CPA_AUDIT_CHECKPOINTS"
        ), ("CPA_WORKRES", "2", "variables", "does nothing: CPA_WORKRES", "did you mean CPA_WORKERS?"),
    ])
    func `what a service warns of at its start is warned of`(
        variable: String,
        value: String,
        name: String,
        detail: String,
        fix: String
    ) async throws {
        try await withTemporaryDirectory { directory in
            let found = try await results([variable: value, "CPA_DATA_DIR": directory]).filter { $0.name == name }
            try #require(found.count == 1)
            #expect(found[0].result.word == "warn" && found[0].result.detail.contains(detail), "\(found)")
            #expect(found[0].result.fix?.contains(fix) == true, "\(found)")
        }
    }

    @Test func `what can be read is shown with its origin, and what nobody set is not`() async throws {
        try await withTemporaryDirectory { directory in
            let policies = directory + "/policies.yaml"
            try "default: { network: { loopback: true } }\n".write(toFile: policies, atomically: false, encoding: .utf8)
            let found = try await results([
                "CPA_POLICIES": policies, "CPA_WEBHOOK_ALLOW": "desk.lan:8443", "CPA_DATA_DIR": directory,
            ])
            #expect(found.filter { $0.result.word != "ok" }.isEmpty, "\(found)")
            #expect(found.first { $0.name == "policies" }?.result.detail == "policies (CPA_POLICIES)")
            #expect(found.first { $0.name == "webhooks" }?.result.detail == "webhook_allow (CPA_WEBHOOK_ALLOW)")
            #expect(!found.contains { ["vault", "tls", "queue", "secrets"].contains($0.name) }, "\(found)")
        }
    }
}
