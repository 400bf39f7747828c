import Cryptography
import HTTPClient
import JSON
import MailModel
import Testing

@testable import MicrosoftGraph

@Suite struct ClaimsChallengeTests {
    private static let wanted = #"{"access_token":{"nbf":{"essential":true,"value":"1795000000"}}}"#

    private static func challenge(_ claims: String) -> [(name: String, value: String)] {
        [
            ("WWW-Authenticate", "Basic realm=\"proxy\""),
            (
                "WWW-Authenticate",
                #"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", "#
                    + #"error="insufficient_claims", claims="\#(claims)""#
            ),
        ]
    }

    /// A service that refuses tokens until one was asked for with claims.
    private static func client(refusals: Int, headers: [(name: String, value: String)]) -> (
        MailClient, ScriptedTransport
    ) {
        let transport = ScriptedTransport { request, number in
            if request.method == "POST" { return ScriptedTransport.token("t\(number)") }
            return number < 2 * refusals
                ? ScriptedTransport.json(401, ["error": ["code": "InvalidAuthenticationToken"]], headers: headers)
                : ScriptedTransport.json(200, ["value": []])
        }
        let time = VirtualTime()
        let environment = GraphEnvironment(
            now: { time.now },
            sleep: { try await time.sleep($0) },
            readFile: { _ in [] }
        )
        let settings = GraphSettings(tenant: "t", clientID: "c", credential: .secret("s"))
        return (MailClient(settings, transport: transport, environment: environment), transport)
    }

    @Test func `a revoked token is replaced by one that carries what was asked for`() async throws {
        for claims in [Base64.encode(Array(Self.wanted.utf8)), Base64.encodeURL(Array(Self.wanted.utf8))] {
            let (client, transport) = Self.client(refusals: 1, headers: Self.challenge(claims))
            _ = try await client.messages(in: "a@b.de", matching: MailQuery(), deadline: .now + .seconds(60))
            let tokens = transport.requests.filter { $0.method == "POST" }
            #expect(tokens.count == 2)
            let first = try JSONValue(parsing: try #require(tokens[0].form["claims"]))
            #expect(first == ["access_token": ["xms_cc": ["values": ["cp1"]]]])
            let second = try JSONValue(parsing: try #require(tokens[1].form["claims"]))
            #expect(second["access_token"]?["nbf"]?["value"] == "1795000000")
            #expect(second["access_token"]?["xms_cc"]?["values"] == ["cp1"])
            #expect(transport.requests.last?.header("Authorization") == "Bearer t2")
        }
    }

    @Test func `a challenge behind an expired token is answered too, and no third time`() async throws {
        let headers = Self.challenge(Base64.encode(Array(Self.wanted.utf8)))
        let (client, transport) = Self.client(refusals: 2, headers: headers)
        _ = try await client.messages(in: "a@b.de", matching: MailQuery(), deadline: .now + .seconds(60))
        #expect(transport.requests.count == 6)
        let (other, refusing) = Self.client(refusals: 9, headers: headers)
        await #expect(throws: MailError.self) {
            try await other.messages(in: "a@b.de", matching: MailQuery(), deadline: .now + .seconds(60))
        }
        #expect(refusing.requests.count == 6)
    }

    @Test func `without a challenge one new token is tried`() async throws {
        let (client, transport) = Self.client(refusals: 9, headers: [])
        let error = await #expect(throws: MailError.self) {
            try await client.messages(in: "a@b.de", matching: MailQuery(), deadline: .now + .seconds(60))
        }
        #expect(error?.code == .configuration)
        #expect(transport.requests.count == 4)
    }

    @Test(arguments: [
        ("Bearer", [AuthenticationChallenge(scheme: "bearer", parameters: [:])]),
        (
            "Bearer error=\"a\\\"b\", X = y , Basic realm=\"r, s=t\"",
            [
                AuthenticationChallenge(scheme: "bearer", parameters: ["error": "a\"b", "x": "y"]),
                AuthenticationChallenge(scheme: "basic", parameters: ["realm": "r, s=t"]),
            ]
        ),
        ("Bearer error=\"open", [AuthenticationChallenge(scheme: "bearer", parameters: [:])]),
        ("Bearer é=1", [AuthenticationChallenge(scheme: "bearer", parameters: [:])]),
        ("=", []), ("", []), (",,,", []),
    ])
    func `a header is read as its challenges`(text: String, challenges: [AuthenticationChallenge]) {
        #expect(AuthenticationChallenge.read(text) == challenges)
    }

    @Test(arguments: ["!!!", "bm8ganNvbg==", ""])
    func `claims that cannot be read ask for nothing`(claims: String) {
        let response = HTTPClientResponse(status: 401, headers: Self.challenge(claims))
        #expect(AuthenticationChallenge.claims(in: response) == nil)
    }
}
