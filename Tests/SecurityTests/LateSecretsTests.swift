import JSON
import Security
import Testing

struct LateSecretsTests {
    @Test func `a redactor knows what came to be after it`() {
        let late = LateSecrets()
        let redactor = Redactor(secrets: ["geheim"], late: late)
        #expect(redactor.redact("geheim 287082") == "[secret] 287082")
        late.add("287082")
        #expect(redactor.redact("geheim 287082") == "[secret] [secret]")
        #expect(redactor.redact(["code": "287082"] as JSONObject) == ["code": "[secret]"])
        #expect(Redactor(secrets: [], late: late).redact(JSONValue.string("287082")) == "[secret]")
    }

    @Test func `the oldest are forgotten`() {
        let late = LateSecrets()
        for number in 100_000..<100_150 { late.add("\(number)") }
        let redactor = Redactor(secrets: [], late: late)
        #expect(redactor.redact("100000 100149") == "100000 [secret]")
    }
}
