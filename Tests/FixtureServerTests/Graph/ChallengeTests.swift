import Cryptography
import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct ChallengeTests {
    private static let capable = #"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#

    @Test func `a revoked token is challenged with claims if its client can handle it, and a new one is taken`()
        async throws
    {
        try await GraphDesk.run { desk in
            let path = GraphDesk.mailbox + "/messages"
            let capable = try await desk.newToken(claims: Self.capable)
            #expect(try await desk.send("GET", path, authorization: "Bearer \(capable)").status == 200)
            await desk.graph.revokeTokens()
            let answer = try await desk.send("GET", path, authorization: "Bearer \(capable)")
            #expect(answer.status == 401)
            let challenge = try #require(answer.headers["WWW-Authenticate"])
            #expect(challenge.contains(#"error="insufficient_claims""#))
            let start = try #require(challenge.firstRange(of: "claims=\""))
            let claims = try Base64.decode(String(challenge[start.upperBound...].prefix { $0 != "\"" }))
            #expect(try JSONValue(parsing: claims)["access_token"]?["nbf"]?["essential"] == true)
            // The plain client's token lives on, as the service has it.
            #expect(try await desk.send("GET", path).status == 200)
            let fresh = try await desk.newToken(claims: Self.capable)
            #expect(try await desk.send("GET", path, authorization: "Bearer \(fresh)").status == 200)
            #expect(await desk.graph.tokenClaims.compactMap(\.self) == [Self.capable, Self.capable])
        }
    }

    @Test func `an expired token is answered with the service's challenge and no claims`() async throws {
        try await GraphDesk.run { desk in
            await desk.graph.expireTokens()
            let answer = try await desk.send("GET", GraphDesk.mailbox + "/messages")
            #expect(answer.status == 401)
            #expect(answer.code == "InvalidAuthenticationToken")
            #expect(answer.json["error"]?["message"] == "Lifetime validation failed, the token is expired.")
            #expect(answer.headers["WWW-Authenticate"]?.hasPrefix("Bearer realm=\"\", authorization_uri=") == true)
            #expect(answer.headers["WWW-Authenticate"]?.contains("claims") == false)
        }
    }

    @Test(arguments: [
        (["Mail.Read"], 403, 200, 403), (["Mail.Send"], 403, 403, 202), (["Mail.ReadWrite"], 201, 200, 403),
        (["Mail.ReadBasic.All"], 403, 200, 403), ([], 403, 403, 403),
    ])
    func `what an application may do follows its roles`(roles: [String], draft: Int, read: Int, send: Int) async throws
    {
        try await GraphDesk.run { desk in
            await desk.graph.setRoles(Set(roles))
            let token = "Bearer \(try await desk.newToken())"
            let mail = #"{"message":{"toRecipients":[{"emailAddress":{"address":"anna@kunde.example"}}]}}"#
            let answers = [
                try await desk.send("POST", GraphDesk.mailbox + "/messages", "{}", authorization: token),
                try await desk.send("GET", GraphDesk.mailbox + "/messages", authorization: token),
                try await desk.send("POST", GraphDesk.mailbox + "/sendMail", mail, authorization: token),
            ]
            #expect(answers.map(\.status) == [draft, read, send])
            for answer in answers where answer.status == 403 {
                #expect(answer.code == "ErrorAccessDenied")
                #expect(answer.json["error"]?["message"] == "Access is denied. Check credentials and try again.")
            }
        }
    }

    @Test func `an access policy hides other mailboxes`() async throws {
        try await GraphDesk.run { desk in
            await desk.graph.setAllowedMailboxes(["anna@kunde.example"])
            let answer = try await desk.send("GET", GraphDesk.mailbox + "/messages")
            #expect(answer.status == 403)
            #expect(answer.json["error"]?["message"] == "Access to OData is disabled.")
            #expect(try await desk.send("GET", GraphDesk.receiver + "/messages").status == 200)
        }
    }
}
