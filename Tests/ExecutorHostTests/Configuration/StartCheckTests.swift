import EventLoops
import FoundationEssentials
import HTTPClient
import Security
import Telemetry
import TestSupport
import Testing

@testable import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

/// What is said before a service starts, so that no job has to fail for it.
@Suite struct StartCheckTests {
    private func check(_ environment: [String: String], _ log: MemoryLogSink = MemoryLogSink()) throws {
        let invocation = Invocation(
            arguments: Arguments(),
            configuration: try Configuration(environment: environment),
            terminal: Terminal(result: { _ in }, note: { _ in }),
            environment: environment
        )
        try StartCheck(invocation, Logger(sink: log)).run(readsSecrets: true)
    }

    private func refusal(_ environment: [String: String]) -> String? {
        let error = #expect(throws: HostError.self) { try check(environment) }
        return error?.exitCode == .usage ? error?.message : nil
    }

    @Test(arguments: [
        (["CPA_VAULT_URL": "https://vault.example"], "vault_url is set: vault_token (CPA_VAULT_TOKEN)"),
        (["CPA_VAULT_TOKEN": "s.token"], "vault_token is set: vault_url (CPA_VAULT_URL)"),
        (["CPA_SECRETS_KEY": "short"], "CPA_SECRETS_KEY: The key of the secrets store is not 32 bytes"),
    ])
    func `a setting that cannot be used is refused with its remedy`(environment: [String: String], message: String)
        async throws
    {
        try await withTemporaryDirectory { directory in
            let refusal = refusal(environment.merging(["CPA_DATA_DIR": directory]) { $1 })
            #expect(refusal?.hasPrefix(message) == true, "\(refusal ?? "nothing")")
        }
    }

    @Test func `a machine that lets too few files be open is told, with what helps`() throws {
        let log = MemoryLogSink()
        let invocation = Invocation(
            arguments: Arguments(),
            configuration: try Configuration(environment: [:]),
            terminal: Terminal(result: { _ in }, note: { _ in }),
            environment: [:]
        )
        let check = StartCheck(invocation, Logger(sink: log))
        try check.run(readsSecrets: false, openFiles: 4_608, neededFiles: 4_608)
        #expect(!log.text.contains("4608"))
        try check.run(readsSecrets: false, openFiles: 1_024, neededFiles: 4_608)
        #expect(log.text.contains("1024") && log.text.contains("4608") && log.text.contains("LimitNOFILE"))
    }

    @Test func `secrets that were kept with another key are refused, and with theirs not`() async throws {
        try await withTemporaryDirectory { directory in
            let key = SecretsKey.generate().reveal()
            var environment = ["CPA_DATA_DIR": directory, "CPA_SECRETS_KEY": key]
            let place = SecretsPlace(try Configuration(environment: environment), environment)
            try place.store(isMade: true).set("password", to: "x", tenant: "default")
            try check(environment)
            environment["CPA_SECRETS_KEY"] = SecretsKey.generate().reveal()
            #expect(refusal(environment)?.contains("kept with another key") == true)
            environment["CPA_SECRETS_KEY"] = nil
            #expect(refusal(environment)?.contains("There are secrets but not their key") == true)
        }
    }

    @Test func `a secrets file is refused while others may read it, and missed when it is not there`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/secrets"
            let environment = ["CPA_DATA_DIR": directory, "CPA_SECRETS_FILE": path]
            let log = MemoryLogSink()
            try check(environment, log)
            #expect(log.lines.map(\.level) == [.warning] && log.text.contains(path))
            try "a=x\n".write(toFile: path, atomically: false, encoding: .utf8)
            #expect(chmod(path, 0o644) == 0)
            #expect(refusal(environment)?.contains("run chmod 600 on it") == true)
            #expect(chmod(path, 0o600) == 0)
            try check(environment)
        }
    }

    @Test func `a variable that is no setting is told, with the one that was meant`() async throws {
        try await withTemporaryDirectory { directory in
            let log = MemoryLogSink()
            try check(
                [
                    "CPA_DATA_DIR": directory, "CPA_WORKRES": "2", "CPA_SECRETS_KEYS": "x", "CPA_CONFIG": "x",
                    "CPA_SECRET_PORTAL": "x", "CPA_PORT_7070_TCP": "x", "CPA_SERVICE_HOST": "x", "OTHER": "x",
                    "CPA_QXZ": "x",
                ],
                log
            )
            let told = log.lines.map { "\($0.metadata["variable"] ?? ""): \($0.metadata["remedy"] ?? "")" }
            #expect(
                told == [
                    "CPA_QXZ: 'cpa doctor' shows every setting",
                    "CPA_SECRETS_KEYS: did you mean CPA_SECRETS_KEY?",
                    "CPA_WORKRES: did you mean CPA_WORKERS?",
                ]
            )
        }
    }

    @Test(arguments: ["CPA_JWT_ISSUER", "CPA_JWT_AUDIENCE"])
    func `who tokens must be of is nothing without the keys they are signed with`(variable: String) async throws {
        let loop = EventLoop(name: "check")
        let transport = CurlTransport(on: loop)
        let configuration = try Configuration(environment: [variable: "https://id.example"])
        let error = #expect(throws: HostError.self) {
            _ = try TokenSource.authority(configuration, transport, .silent)
        }
        #expect(error?.exitCode == .usage && error?.message.contains("jwks (CPA_JWKS)") == true)
        await transport.shutdown()
        await loop.shutdown()
    }
}
