import Cryptography
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import FixtureServer

@Suite struct ClientAssertionTests {
    /// Asks for a token with an assertion by the certificate and key in a file.
    private static func ask(_ desk: GraphDesk, _ file: String) async throws -> GraphDesk.Answer {
        let application = FixtureApplication()
        let certificate = try ClientCertificate(Array(try Data(contentsOf: URL(filePath: file))))
        let header: JSONObject = [
            "alg": "PS256", "x5t#S256": .string(Base64.encodeURL(certificate.thumbprint.bytes)),
        ]
        let claims: JSONObject = [
            "aud": .string("https://login.microsoftonline.com/\(application.tenant)/v2.0"),
            "iss": .string(application.clientID), "sub": .string(application.clientID),
            "exp": .integer(desk.clock.now / 1000 + 600),
        ]
        let signed = Base64.encodeURL(header.serialized()) + "." + Base64.encodeURL(claims.serialized())
        let assertion = signed + "." + Base64.encodeURL(try certificate.signPS256(Array(signed.utf8)))
        let form =
            "client_id=\(application.clientID)&grant_type=client_credentials"
            + "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_assertion=\(assertion)"
            + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        return try await desk.send("POST", "/\(application.tenant)/oauth2/v2.0/token", form, authorization: nil)
    }

    @Test func `a registered certificate proves who asks until it ends`() async throws {
        try await TestCertificates.with { made in
            let registered = try String(contentsOf: URL(filePath: made.directory + "/cert.pem"), encoding: .utf8)
            try await GraphDesk.run { desk in
                await desk.graph.setCertificates([registered])
                desk.clock.advance(seconds: Int64(Date().timeIntervalSince1970) - desk.clock.now / 1000)
                #expect(try await Self.ask(desk, made.directory + "/both.pem").status == 200)
                desk.clock.advance(seconds: 31 * 86_400)
                let late = try await Self.ask(desk, made.directory + "/both.pem")
                #expect(late.status == 401)
                #expect(late.json["error_codes"] == [700_027])
                #expect(late.json["error_description"]?.string?.contains("is expired") == true)
            }
        }
    }
}
