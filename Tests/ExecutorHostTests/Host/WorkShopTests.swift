import BrowserAutomation
import Testing

@testable import ExecutorHost

@Suite struct WorkShopTests {
    private func gaps(_ environment: [String: String]) throws -> [String: String] {
        let configuration = try Configuration(environment: environment)
        return WorkShop.gaps(WorkShop.browser(configuration), try MailSetup(configuration))
    }

    @Test func `what the machine cannot do is told with what is missing`() throws {
        let gaps = try gaps(["CPA_BROWSER_PATH": "/nonexistent/chromium"])
        #expect(Set(gaps.keys) == ["browser", "mail"])
        #expect(gaps["browser"]?.contains("/nonexistent/chromium") == true)
        #expect(gaps["mail"]?.contains("CPA_GRAPH_TENANT") == true)
    }

    @Test func `half a mail setup is a gap, a whole one and a program that is there are none`() throws {
        let half = try gaps(["CPA_BROWSER_PATH": "/bin/true", "CPA_GRAPH_CLIENT_SECRET": "s"])
        #expect(half.keys.sorted() == ["mail"])
        #expect(half["mail"]?.contains("CPA_GRAPH_CLIENT_ID") == true)
        let whole = try gaps([
            "CPA_BROWSER_PATH": "/bin/true", "CPA_GRAPH_TENANT": "t", "CPA_GRAPH_CLIENT_ID": "c",
            "CPA_GRAPH_CLIENT_SECRET": "s",
        ])
        #expect(whole.isEmpty)
    }
}
