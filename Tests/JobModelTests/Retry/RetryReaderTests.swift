import JobModel
import Testing

struct RetryReaderTests {
    private func scenario(_ head: String, task: String = "{ action: goto, url: 'https://x/' }") throws -> Scenario {
        try Scenario(parsing: Array("\(head)\ntasks:\n  - \(task)\n".utf8), file: "s.yaml")
    }

    private func problems(_ head: String, task: String = "{ action: goto, url: 'https://x/' }") throws -> String {
        try #require(throws: InvalidInput.self) { try scenario(head, task: task) }.description
    }

    @Test func `every policy is read`() throws {
        let fixed = try scenario("max_retries: 2\nretry: { policy: fixed, delay: 10s, jitter: 0.5 }")
        #expect(fixed.retry == RetryPolicy(.fixed(.seconds(10)), jitter: 0.5))
        let growing = try scenario("max_retries: 2\nretry: { delay: 1s, factor: 3, max_delay: 1m, never_on: timeout }")
        #expect(growing.retry.backoff == .exponential(first: .seconds(1), factor: 3, cap: .seconds(60)))
        #expect(growing.retry.jitter == 1)
        #expect(growing.retry.neverOn == [.reason(.timeout)])
        let list = try scenario("retry: { delays: [1, 500ms], on: [business, io_error] }")
        #expect(list.retry.backoff == .list([.seconds(1), .milliseconds(500)]))
        #expect(list.retry.on == [.kind(.business), .reason(.ioError)])
        #expect(list.maxRetries == 2)
    }

    @Test func `a task has a policy of its own, or the short form`() throws {
        let goto = "action: goto, url: 'https://x/'"
        let own = try scenario("name: x", task: "{ \(goto), retries: 3, retry: { factor: 2 } }").tasks[0]
        #expect(own.retry.backoff == .exponential(first: .seconds(1), factor: 2, cap: .seconds(300)))
        #expect(own.retries == 3)
        let short = try scenario("name: x", task: "{ \(goto), retries: 3, retry_delay: 4s }").tasks[0]
        #expect(short.retry == RetryPolicy(.fixed(.seconds(4))))
    }

    @Test(arguments: [
        ("retry: { delay: 1s }", "says how it is tried again, but not how often; add 'max_retries' beside it"),
        ("retry: { policy: linear }", "must be one of fixed, exponential, list"),
        ("retry: { policy: fixed, factor: 2 }", "does not belong to policy fixed, which takes delay"),
        ("retry: { policy: list }", "policy list needs 'delays'"),
        ("retry: { delays: [] }", "must be an array of 1 to 100 durations"),
        ("retry: { delays: [1s, soon] }", "s.yaml:1:23: retry.delays[1]: must be a duration"),
        ("retry: { delay: -1 }", "must be a duration"),
        ("retry: { factor: 0.5 }", "must be from 1 to 10, is 0.5"),
        ("retry: { jitter: 2 }", "must be from 0 to 1, is 2"),
        ("retry: { delay: 1m, max_delay: 1s }", "is shorter than the first delay"),
        ("retry: { on: [time_out] }", "there is no reason code 'time_out'; did you mean 'timeout'?"),
        ("retry: { on: [cancelled] }", "'cancelled' is never tried again"),
        ("retry: { attempts: 3 }", "retry has no member 'attempts'"),
        ("retry: often", "must be an object"),
    ])
    func `what cannot be used is named`(text: String, problem: String) throws {
        #expect(try problems(text).contains(problem))
    }

    @Test func `two ways to say the delay are one too many`() throws {
        let task = "{ action: goto, url: 'https://x/', retries: 1, retry_delay: 1s, retry: { delay: 2s } }"
        #expect(try problems("name: x", task: task).contains("says the same as 'retry'; write it there as 'delay'"))
    }
}
