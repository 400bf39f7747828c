import Cryptography
import FoundationEssentials
import HTTPClient
import JSON
import MailModel
import TestSupport
import Testing

@testable import MicrosoftGraph

/// What the identity platform is asked with, for each way an application can prove itself.
@Suite struct CredentialTests {
    private static let time = VirtualTime()
    private static let environment = GraphEnvironment(
        now: { time.now },
        unixTime: { 1_795_000_000 },
        sleep: { try await time.sleep($0) },
        readFile: { Array(try Data(contentsOf: URL(filePath: $0))) }
    )

    private static func client(
        _ credential: GraphCredential,
        clientID: String = "client",
        _ transport: ScriptedTransport
    )
        -> MailClient
    {
        let settings = GraphSettings(tenant: "contoso.example", clientID: clientID, credential: credential)
        return MailClient(settings, transport: transport, environment: environment)
    }

    @Test func `a certificate signs an assertion that OpenSSL verifies, named by its SHA-256`() async throws {
        try await TestCertificates.with { made in
            let transport = ScriptedTransport { _, _ in ScriptedTransport.token() }
            let path = made.directory + "/both.pem"
            try await Self.client(.certificate(path: path, password: nil), transport).authenticate()
            let request = try #require(transport.requests.first)
            let form = request.form
            #expect(form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            #expect(form["client_secret"] == nil)
            let parts = try #require(form["client_assertion"]).split(separator: ".").map(String.init)
            let header = try JSONValue(parsing: Base64.decodeURL(parts[0]))
            let claims = try JSONValue(parsing: Base64.decodeURL(parts[1]))
            #expect(header["alg"] == "PS256")
            let thumbprint = try Base64.decodeURL(try #require(header["x5t#S256"]?.string))
            #expect(Hex.encode(thumbprint).uppercased() == made.fingerprint)
            #expect(claims["aud"]?.string == request.url)
            #expect(claims["iss"] == "client")
            #expect(claims["sub"] == "client")
            #expect(claims["exp"]?.int64 == 1_795_000_600)
            #expect(claims["jti"]?.string?.isEmpty == false)
            try Data("\(parts[0]).\(parts[1])".utf8).write(to: URL(filePath: made.directory + "/message.bin"))
            try Data(Base64.decodeURL(parts[2])).write(to: URL(filePath: made.directory + "/signature.bin"))
            #expect(try await made.verifiesPS256())
        }
    }

    @Test func `a certificate that cannot be used is a setting to correct, and nobody is asked`() async throws {
        try await TestCertificates.with { made in
            let transport = ScriptedTransport { _, _ in ScriptedTransport.token() }
            for (file, words) in [("locked.pfx", "does not open it"), ("none.pem", "Cannot read the certificate")] {
                let path = "\(made.directory)/\(file)"
                let client = Self.client(.certificate(path: path, password: "wrong"), transport)
                let error = await #expect(throws: MailError.self) { try await client.authenticate() }
                #expect(error?.code == .configuration)
                #expect(error?.message.contains(words) == true)
                #expect(error?.message.contains(path) == true)
            }
            #expect(transport.requests.isEmpty)
        }
    }

    @Test func `an expired certificate is refused with its file and its end, and nobody is asked`() async throws {
        try await TestCertificates.with { made in
            let transport = ScriptedTransport { _, _ in ScriptedTransport.token() }
            var late = Self.environment
            let end = Int64(Date().timeIntervalSince1970) + 31 * 86_400
            late.unixTime = { end }
            let path = made.directory + "/both.pem"
            let settings = GraphSettings(
                tenant: "contoso.example",
                clientID: "client",
                credential: .certificate(path: path, password: nil)
            )
            let client = MailClient(settings, transport: transport, environment: late)
            let error = await #expect(throws: MailError.self) { try await client.authenticate() }
            #expect(error?.code == .configuration)
            #expect(
                error?.message.contains("The certificate \(path) has expired (20") == true,
                "\(error?.message ?? "")"
            )
            #expect(transport.requests.isEmpty)
        }
    }

    @Test func `how long the certificate is valid is said, and of no other credential`() async throws {
        try await TestCertificates.with { made in
            let transport = ScriptedTransport { _, _ in ScriptedTransport.token() }
            var environment = Self.environment
            environment.unixTime = { Int64(Date().timeIntervalSince1970) }
            func life(_ credential: GraphCredential) async throws -> Duration? {
                let settings = GraphSettings(tenant: "contoso.example", clientID: "client", credential: credential)
                let client = MailClient(settings, transport: transport, environment: environment)
                return try await client.authenticate().certificateLife
            }
            let left = try #require(try await life(.certificate(path: made.directory + "/open.pfx", password: nil)))
            #expect(left > .seconds(29 * 86_400) && left <= .seconds(30 * 86_400))
            #expect(try await life(.secret("s")) == nil)
        }
    }

    @Test func `after a handshake that failed the authorities are to be looked at, else address and network`()
        async throws
    {
        for (code, words) in [
            (HTTPClientError.Code.tls, "Check the authorities to trust (CPA_GRAPH_CA_FILE)"),
            (.couldNotConnect, "Check the login URL and the network."),
        ] {
            let failure = HTTPClientError(code: code, message: "x")
            let transport = ScriptedTransport { _, _ in throw failure }
            let error = await #expect(throws: MailError.self) {
                try await Self.client(.secret("s"), transport).authenticate()
            }
            #expect(error?.message.hasSuffix(words + (code == .tls ? " and this machine's clock." : "")) == true)
        }
    }

    @Test func `a federated assertion is read anew for each token and sent unchanged`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/token"
            let transport = ScriptedTransport { _, number in ScriptedTransport.token("t\(number)", expiresIn: "60") }
            let client = Self.client(.assertionFile(path: path), transport)
            for token in ["aa.bb.cc", "dd.ee.ff"] {
                try Data((token + "\n").utf8).write(to: URL(filePath: path))
                try await client.authenticate()
                try await Self.time.sleep(.seconds(59))
            }
            #expect(transport.requests.map { $0.form["client_assertion"] } == ["aa.bb.cc", "dd.ee.ff"])
            try Data("no token".utf8).write(to: URL(filePath: path))
            let error = await #expect(throws: MailError.self) { try await client.authenticate() }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("no JSON Web Token") == true)
        }
    }

    @Test func `a virtual machine's identity is asked again while its service starts`() async throws {
        let transport = ScriptedTransport { _, number in
            number < 2
                ? HTTPClientResponse(status: number == 0 ? 404 : 500) : ScriptedTransport.token(expiresIn: "86399")
        }
        let report = try await Self.client(.managedIdentity(ManagedIdentity()), transport).authenticate()
        #expect(transport.requests.count == 3)
        #expect(transport.requests[0].header("Metadata") == "true")
        #expect(
            transport.requests[0].url
                == "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
                + "&resource=https%3A%2F%2Fgraph.microsoft.com&client_id=client"
        )
        #expect(report.life > .seconds(86_000))
    }

    @Test func `App Service wants its header; a machine without an identity is told so`() async throws {
        let transport = ScriptedTransport { _, _ in HTTPClientResponse(status: 400) }
        let identity = ManagedIdentity(endpoint: "http://127.0.0.1:41/msi/token", header: "header-value")
        let client = Self.client(.managedIdentity(identity), clientID: "", transport)
        let error = await #expect(throws: MailError.self) { try await client.authenticate() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("Give the machine an identity") == true)
        let request = try #require(transport.requests.first)
        #expect(request.header("X-IDENTITY-HEADER") == "header-value")
        #expect(request.url.hasSuffix("?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com"))
    }

    @Test func `an answer of the identity endpoint without a token or its end names the endpoint`() async throws {
        let identity = ManagedIdentity(endpoint: "http://127.0.0.1:41/msi/token", header: "header-value")
        for answer in [["token_type": "Bearer"], ["access_token": "t", "expires_on": "soon"]] as [JSONObject] {
            let transport = ScriptedTransport { _, _ in ScriptedTransport.json(200, answer) }
            let client = Self.client(.managedIdentity(identity), transport)
            let error = await #expect(throws: MailError.self) { try await client.authenticate() }
            #expect(error?.code == .malformedAnswer)
            #expect(error?.message.contains("41/msi/token answered 200 without a token") == true)
            #expect(error?.message.hasSuffix("check that it is the machine's identity endpoint.") == true)
        }
    }

    @Test func `roles are read from a token, and a token that is none has no roles`() {
        let payload = Base64.encodeURL(Array(#"{"roles":["Mail.Send","Mail.Read"]}"#.utf8))
        let now = ContinuousClock.now
        let token = AccessToken(value: "h.\(payload).s", expires: now + .seconds(90))
        #expect(TokenReport(token, now: now).roles == ["Mail.Read", "Mail.Send"])
        #expect(TokenReport(AccessToken(value: "opaque", expires: now), now: now).roles == [])
    }
}
