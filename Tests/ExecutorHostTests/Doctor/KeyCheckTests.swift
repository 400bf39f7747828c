import Testing

@testable import ExecutorHost

/// `cpa doctor` asks a scheduler that is named about the key.
@Suite(.timeLimit(.minutes(1))) struct KeyCheckTests {
    @Test func `a key the scheduler takes is good, another is refused with its words`() async throws {
        try await Desk.with { desk in
            let good = await Check.key.run(try Configuration(environment: desk.environment))
            #expect(good.word == "ok" && good.detail.hasPrefix("CPA_API_KEY, good at http://127.0.0.1:"), "\(good)")
            let wrong = await Check.key.run(
                try Configuration(environment: desk.environment.merging(["CPA_API_KEY": "cpa_x_y"]) { $1 })
            )
            #expect(wrong.word == "fail" && wrong.detail.contains("refuses the key of CPA_API_KEY: "), "\(wrong)")
            #expect(wrong.fix?.contains("cpa keys create") == true)
        }
    }

    @Test func `a scheduler that does not answer is named`() async throws {
        let environment = ["CPA_API_KEY": "cpa_x_y", "CPA_SCHEDULER_URL": "http://127.0.0.1:1"]
        let found = await Check.key.run(try Configuration(environment: environment))
        #expect(found.word == "fail" && found.detail.contains("http://127.0.0.1:1 does not answer"), "\(found)")
        #expect(found.fix?.contains("CPA_SCHEDULER_URL") == true)
    }

    @Test func `without a scheduler that is named nobody is asked`() async throws {
        let found = await Check.key.run(try Configuration(environment: ["CPA_API_KEY": "cpa_x_y"]))
        #expect(found.word == "ok" && found.detail == "CPA_API_KEY")
    }
}
