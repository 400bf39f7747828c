import Executors
import HTTPClient
import JSON
import JobModel
import Synchronization
import Testing

@testable import JobWorker

@Suite struct VaultSecretsTests {
    /// A Vault with one secret for each tenant; what it was asked for.
    private final class FixtureVault: HTTPTransport {
        let asked = Mutex<[String]>([])
        let status = Mutex<Int?>(nil)
        let errors = Mutex<[JSONValue]>([])
        private let secrets: [String: JSONObject]

        init(_ secrets: [String: JSONObject]) { self.secrets = secrets }

        func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
            asked.withLock { $0.append(request.url) }
            if let status = status.withLock({ $0 }) { return HTTPClientResponse(status: status) }
            guard request.headers.contains(where: { $0.name == "X-Vault-Token" && $0.value == "s.token" }) else {
                return HTTPClientResponse(status: 403, body: Array(#"{"errors":["permission denied"]}"#.utf8))
            }
            let path = request.url.replacing("http://vault.example:8200/v1/kv/data/", with: "")
            guard let secret = secrets[path] else {
                let answer: JSONObject = ["errors": .array(errors.withLock { $0 })]
                return HTTPClientResponse(status: 404, body: answer.serialized())
            }
            let answer: JSONValue = ["data": ["data": .object(secret), "metadata": ["version": 3]]]
            return HTTPClientResponse(status: 200, body: answer.serialized())
        }
    }

    private func vault(
        _ transport: FixtureVault,
        token: String = "s.token",
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) -> VaultSecrets {
        let settings = VaultSecrets.Settings(
            url: "http://vault.example:8200/",
            token: token,
            mount: "kv",
            path: "robots/{tenant}"
        )
        return VaultSecrets(settings, transport: transport, now: now)
    }

    @Test func `each tenant has the members of its own secret`() async throws {
        let source = vault(
            FixtureVault(["robots/default": ["password": "a", "pin": 7], "robots/acme": ["password": "b"]])
        )
        #expect(try await source.secret("password", tenant: .default) == "a")
        #expect(try await source.secret("pin", tenant: .default) == "7")
        #expect(try await source.secret("password", tenant: "acme") == "b")
        #expect(try await source.secret("pin", tenant: "acme") == nil)
        #expect(try await source.secret("password", tenant: "nobody") == nil)
    }

    @Test func `a Vault without the engine is no Vault without the secret`() async throws {
        let transport = FixtureVault([:])
        let source = vault(transport)
        #expect(try await source.secret("password", tenant: "acme") == nil)
        #expect(source.place(for: "acme") == "'robots/acme' of Vault's engine 'kv'")
        #expect(source.place(for: "../default") == nil)
        transport.errors.withLock { $0 = [#"no handler for route "kv/data/robots/other". route entry not found."#] }
        let failure = await #expect(throws: StepFailure.self) {
            _ = try await source.secret("password", tenant: "other")
        }
        #expect(failure?.reason == .invalidInput && failure?.isRetryable == false)
        #expect(failure?.message.contains("has no engine 'kv', where 'robots/other' was looked for") == true)
    }

    @Test func `who misses a secret is told where Vault was asked for it`() async throws {
        let sources = SecretSources([EnvironmentSecrets([:]), vault(FixtureVault([:]))])
        let secrets = try await JobSecrets(of: ["tasks": [["text": "{{ secrets.a }}"]]], tenant: "acme", from: sources)
        #expect(secrets.values.isEmpty && secrets.place == "'robots/acme' of Vault's engine 'kv'")
        let plain = SecretSources([EnvironmentSecrets([:])])
        #expect(try await JobSecrets(of: [:], tenant: "acme", from: plain).place == nil)
    }

    @Test(arguments: ["../default", "..", ".", "a/b", "a?b", "a%2fb", "ä", ""])
    func `no name of a tenant leads to another's secret`(tenant: String) async throws {
        let transport = FixtureVault(["robots/default": ["password": "a"], "robots/../default": ["password": "a"]])
        let source = vault(transport)
        let failure = await #expect(throws: StepFailure.self) {
            _ = try await source.secret("password", tenant: TenantID(tenant))
        }
        #expect(failure?.reason == .invalidInput)
        #expect(transport.asked.withLock { $0 }.isEmpty)
    }

    @Test func `several of one job are read once, and anew after a while`() async throws {
        let transport = FixtureVault(["robots/default": ["a": "1", "b": "2"]])
        let time = Mutex(ContinuousClock.now)
        let source = vault(transport) { time.withLock { $0 } }
        for name in ["a", "b", "c"] { _ = try await source.secret(name, tenant: .default) }
        #expect(transport.asked.withLock { $0.count } == 1)
        time.withLock { $0 += .seconds(6) }
        _ = try await source.secret("a", tenant: .default)
        #expect(transport.asked.withLock { $0.count } == 2)
    }

    @Test func `a Vault that refuses or sleeps is said, without its token`() async throws {
        let refusing = vault(FixtureVault([:]), token: "s.wrong")
        let refusal = await #expect(throws: StepFailure.self) { _ = try await refusing.secret("a", tenant: .default) }
        #expect(refusal?.reason == .invalidInput)
        #expect(refusal?.message.contains("s.wrong") == false)
        let transport = FixtureVault([:])
        transport.status.withLock { $0 = 503 }
        let sealed = vault(transport)
        let failure = await #expect(throws: StepFailure.self) { _ = try await sealed.secret("a", tenant: .default) }
        #expect(failure?.isRetryable == true)
        #expect(failure?.message.contains("sealed") == true)
    }
}
