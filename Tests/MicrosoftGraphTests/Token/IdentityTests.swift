import FixtureServer
import JSON
import MailModel
import Testing

@testable import MicrosoftGraph

@Suite struct IdentityTests {
    private static func error(
        secret: String? = nil,
        _ configure: (inout GraphSettings) -> Void = { _ in }
    ) async throws -> MailError {
        let error = await #expect(throws: MailError.self) {
            try await GraphBench.run(secret: secret, configure: configure) { _ = try await $0.client.authenticate() }
        }
        return try #require(error)
    }

    @Test func `a wrong secret says so, says what to set, and does not show it`() async throws {
        let error = try await Self.error(secret: "the-secret-id-instead")
        #expect(error.code == .configuration)
        #expect(error.serviceCode == "AADSTS7000215")
        #expect(error.message.contains("set the secret's value, not its id"))
        #expect(!error.description.contains("the-secret-id-instead"))
    }

    @Test func `an expired secret asks for a new one`() async throws {
        let error = try await Self.error(secret: FixtureApplication().expiredSecret)
        #expect(error.serviceCode == "AADSTS7000222")
        #expect(error.message.contains("expired"))
    }

    @Test func `an unknown tenant, an unknown client and a wrong scope are settings to correct`() async throws {
        let tenant = try await Self.error { $0.tenant = "contoso.example" }
        #expect(tenant.serviceCode == "AADSTS90002")
        #expect(tenant.message.contains("contoso.example"))
        let client = try await Self.error { $0.clientID = "00000000-0000-0000-0000-000000000000" }
        #expect(client.serviceCode == "AADSTS700016")
        let scope = try await Self.error { $0.scope = "https://graph.microsoft.com/Mail.Send" }
        #expect(scope.serviceCode == "AADSTS1002012")
        #expect([tenant, client, scope].allSatisfy { $0.code == .configuration })
    }

    /// What the failure behind a code is.
    private static func failure(
        _ number: Int,
        _ description: String = "AADSTS1: words",
        credential: GraphCredential = .assertionFile(path: "/run/token")
    ) -> MailError {
        let settings = GraphSettings(tenant: "contoso.example", clientID: "client-1", credential: credential)
        let body: JSONObject = [
            "error": "invalid_client", "error_codes": [.integer(Int64(number))],
            "error_description": .string(description),
        ]
        return IdentityError.classify(status: 401, body: .object(body), retryAfter: nil, settings: settings)
    }

    @Test(arguments: [
        (700_211, "issuer, subject and audience"), (700_212, "/run/token"), (700_213, "letter by letter"),
        (700_024, "this machine's clock"), (50027, "malformed"), (700_027, "not registered"),
        (7_000_229, "az ad sp create --id client-1"), (650_057, "https://graph.microsoft.com/.default"),
    ])
    func `a code of the identity platform says what to change`(number: Int, words: String) {
        let failure = Self.failure(number)
        #expect(failure.code == .configuration)
        #expect(failure.serviceCode == "AADSTS\(number)")
        #expect(failure.message.contains(words), "\(failure.message)")
        #expect(!failure.message.contains("It says"))
    }

    @Test(
        arguments: [
            (.secret("hidden-value"), "client secret"), (.certificate(path: "/c.pem", password: "p"), "/c.pem"),
            (.assertionFile(path: "/run/token"), "federated assertion /run/token"),
            (.managedIdentity(ManagedIdentity()), "169.254.169.254"),
        ] as [(GraphCredential, String)]
    )
    func `a code nobody knows names the credential in use and the platform's words`(
        credential: GraphCredential,
        name: String
    ) {
        let description =
            "AADSTS999: The moon \u{1B}[31mis full. Trace ID: 1 Correlation ID: 2 Timestamp: 2026\r\nsecond line"
        let message = Self.failure(999, description, credential: credential).message
        #expect(message.contains(name))
        #expect(message.hasSuffix("It says: AADSTS999: The moon [31mis full."), "\(message)")
        #expect(!message.contains("hidden-value"))
        let long = Self.failure(999, String(repeating: "ü", count: 5000), credential: credential).message
        #expect(long.count < 800)
    }

    @Test func `passing faults of the identity platform are not configuration`() async throws {
        let error = try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answer, pathSuffix: "/token", status: 503, retryAfter: 3))
            return await #expect(throws: MailError.self) { _ = try await bench.client.authenticate() }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.retryAfter == .seconds(3))
    }

    @Test func `a page of a proxy is no token`() async throws {
        let error = try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answer, pathSuffix: "/token", status: 200, body: "<html>Log in</html>"))
            return await #expect(throws: MailError.self) { _ = try await bench.client.authenticate() }
        }
        #expect(error?.code == .malformedAnswer)
    }

    @Test(arguments: [
        ManagedIdentity(endpoint: "http://graph.test/metadata/identity/oauth2/token"),
        ManagedIdentity(endpoint: "http://graph.test/msi/token", header: "fixture"),
    ])
    func `a machine's identity says how long its token lives, or when it ends`(identity: ManagedIdentity) async throws {
        try await GraphBench.run(configure: { $0.credential = .managedIdentity(identity) }) { bench in
            await bench.graph.setTokenLifetime(7200)
            let report = try await bench.client.authenticate()
            #expect(report.life == .seconds(7200))
        }
    }

    @Test func `many who need a token at once make one request`() async throws {
        try await GraphBench.run { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await bench.client.authenticate() } }
                try await group.waitForAll()
            }
            #expect(await bench.graph.tokensIssued == 1)
        }
    }

    @Test func `who is cancelled while waiting for a token goes at once, the others get it`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.delay, pathSuffix: "/token", delay: 1000))
            let impatient = Task { _ = try await bench.client.authenticate() }
            let patient = Task { _ = try await bench.client.authenticate() }
            impatient.cancel()
            let start = ContinuousClock.now
            await #expect(throws: CancellationError.self) { try await impatient.value }
            #expect(ContinuousClock.now - start < .milliseconds(900))
            try await patient.value
            #expect(await bench.graph.tokensIssued == 1)
        }
    }

    @Test func `a token is renewed five minutes before its end`() async throws {
        try await GraphBench.run { bench in
            try await bench.client.authenticate()
            try await bench.time.sleep(.seconds(3200))
            try await bench.client.authenticate()
            #expect(await bench.graph.tokensIssued == 1)
            try await bench.time.sleep(.seconds(150))
            try await bench.client.authenticate()
            #expect(await bench.graph.tokensIssued == 2)
        }
    }

    @Test func `settings never show their secret`() {
        let settings = GraphSettings(tenant: "t", clientID: "c", credential: .secret("hidden-value"))
        #expect(!"\(settings)".contains("hidden-value"))
        var text = ""
        dump(settings, to: &text)
        #expect(!text.contains("hidden-value"))
    }
}
