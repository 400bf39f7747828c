import Security
import Testing

@testable import InteractiveSessions

@Suite struct KnownSecretsTests {
    @Test func `what a session names stays known, of what its tasks make the oldest is forgotten`() {
        let secrets = KnownSecrets()
        let early = secrets.redactor
        for number in 100_000..<100_150 { secrets.add(issued: "\(number)") }
        #expect(early.redact("100149") == "[secret]")
        secrets.add(["geheim"])
        #expect(secrets.redactor.redact("geheim 100000 100149") == "[secret] 100000 [secret]")
    }
}
