import Cryptography
import JSON
import JobModel
import Security
import Synchronization
import Testing

@testable import SchedulerAPI

/// How callers with tokens of an identity provider are answered.
@Suite struct TokenAccessTests {
    private struct Away: Error, CustomStringConvertible {
        var description: String { "https://id.example/keys does not answer" }
    }

    /// Of the right form, and signed by nobody.
    private static let token = ["{\"alg\":\"HS256\",\"kid\":\"a\"}", "{\"sub\":\"anna\"}", "no signature"]
        .map { Base64.encodeURL(Array($0.utf8)) }.joined(separator: ".")

    private func authority(_ source: TokenAuthority.Source) -> TokenAuthority {
        TokenAuthority(rules: TokenRules(issuer: "https://id.example", audience: "cpa"), source: source, now: { 5 })
    }

    private func call(_ stage: Stage) async throws -> Stage.Answer {
        try await stage.call("GET", "/jobs", key: String?.none, headers: [("Authorization", "Bearer \(Self.token)")])
    }

    @Test func `while the provider's keys are not there nobody is told that a key is wrong, and nobody is locked out`()
        async throws
    {
        let asked = Mutex(0)
        let tokens = authority(
            .fetched {
                asked.withLock { $0 += 1 }
                throw Away()
            }
        )
        let change: (inout APISettings) -> Void = { $0.failureLimit = RateLimit(count: 2, period: .seconds(600)) }
        try await Stage.with(change, tokens: tokens) { stage in
            for _ in 0..<5 {
                let answer = try await call(stage)
                #expect(answer.status == 503 && answer.json["code"] == "unavailable")
                #expect(answer.field("Retry-After") == "5")
                #expect(
                    answer.json["detail"]?.string?.contains("keys cannot be fetched: https://id.example/keys") == true
                )
            }
            #expect(asked.withLock { $0 } == 1)
            #expect(try await stage.call("GET", "/jobs").status == 200)
        }
    }

    @Test func `a token that is refused is offered both ways in, and counts as a guess`() async throws {
        let secret = Base64.encodeURL(Array(repeating: 7, count: 32))
        let set: JSONObject = ["keys": [["kty": "oct", "kid": "a", "alg": "HS256", "k": .string(secret)]]]
        let tokens = authority(.fixed(try TokenKeySet(parsing: set.serialized(), takesSecrets: true)))
        let change: (inout APISettings) -> Void = { $0.failureLimit = RateLimit(count: 2, period: .seconds(600)) }
        try await Stage.with(change, tokens: tokens) { stage in
            for _ in 0..<2 {
                let answer = try await call(stage)
                #expect(answer.status == 401 && answer.json["code"] == "unauthenticated")
                #expect(
                    answer.field("WWW-Authenticate")?.contains("Bearer realm=\"cpa\", error=\"invalid_token\"") == true
                )
            }
            #expect(try await call(stage).status == 429)
        }
    }
}
