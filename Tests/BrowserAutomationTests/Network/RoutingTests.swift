import CDPProtocol
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct RoutingTests {
    private let limit = Duration.seconds(20)

    private func text(_ page: PageSession, _ path: String, _ options: String = "{}") async throws -> String? {
        let script = "fetch('\(path)', \(options)).then((r) => r.text(), (e) => 'failed: ' + e.message)"
        return try await page.evaluate(script, deadline: limit).string
    }

    private func withRoutes(
        _ routes: [NetworkRoute],
        _ body: (PageSession, BrowserContext, PageServer) async throws -> Void
    ) async throws {
        var options = PageOptions()
        options.routes = routes
        try await PageServer.with { site in
            try await withPage(options) { page, context in
                try await page.goto(site("/links"), deadline: limit)
                try await body(page, context, site)
            }
        }
    }

    @Test func `answers, fails, changes and lets requests go`() async throws {
        let routes = [
            NetworkRoute(
                url: try URLPattern("*/api/*"),
                action: .fulfil(status: 200, headers: [.init("Content-Type", "text/plain")], body: Array("mocked".utf8))
            ),
            NetworkRoute(url: try URLPattern("/broken"), action: .abort(.connectionRefused)),
            NetworkRoute(
                url: try URLPattern("/headers"),
                action: .modify(headers: [.init("X-Portal", "changed")], url: nil, method: nil, body: nil)
            ),
        ]
        try await withRoutes(routes) { page, _, _ in
            let mocked = try await text(page, "/api/x")
            #expect(mocked == "mocked")
            #expect(try await text(page, "/broken") == "failed: Failed to fetch")
            #expect(try await text(page, "/headers") == "changed")
            #expect(try await text(page, "/page")?.contains("next") == true)
        }
    }

    @Test func `an answer Chromium refuses fails the request instead of holding it for ever`() async throws {
        let routes = [
            NetworkRoute(
                url: try URLPattern("/page"),
                action: .modify(headers: [], url: "no address", method: nil, body: nil)
            )
        ]
        try await withRoutes(routes) { page, _, _ in
            let answer = try await text(page, "/page")
            #expect(answer == "failed: Failed to fetch")
        }
    }

    @Test func `documents and popups are answered from their first request on`() async throws {
        let routes = [
            NetworkRoute(
                url: try URLPattern("/page?"),
                action: .fulfil(
                    status: 200,
                    headers: [.init("Content-Type", "text/html")],
                    body: Array("<title>Ours</title>".utf8)
                )
            )
        ]
        try await withRoutes(routes) { page, context, site in
            let mark = await context.pageCount
            try await page.click(Selector("#popup"), .init(), until: .now + limit)
            let popup = try await context.waitForPopup(after: mark, deadline: limit)
            let end = ContinuousClock.now + limit
            while try await popup.title(until: end) != "Ours" { try #require(.now < end) }
            let result = try await page.goto(site("/redirect"), deadline: limit)
            #expect(result.url == site("/page?landed"))
            #expect(try await page.title(until: end) == "Ours")
        }
    }

    @Test func `a request held while a dialog is open still gets its answer`() async throws {
        let routes = [
            NetworkRoute(url: try URLPattern("/api"), action: .fulfil(status: 200, headers: [], body: Array("ok".utf8)))
        ]
        try await withRoutes(routes) { page, _, _ in
            let script = "(() => { const answer = fetch('/api'); alert('now'); return answer.then((r) => r.text()) })()"
            let answer = try await page.evaluate(script, deadline: limit)
            #expect(answer == "ok")
        }
    }

    @Test func `blocked addresses are never asked for`() async throws {
        var options = PageOptions()
        options.blockedURLs = ["/missing", "*.png"]
        options.observesNetwork = true
        try await PageServer.with { site in
            try await withPage(options) { page, _ in
                try await page.goto(site("/page"), deadline: limit)
                #expect(try await text(page, "/missing") == "failed: Failed to fetch")
                #expect(try await text(page, "/a/b.png") == "failed: Failed to fetch")
                #expect(try await text(page, "/headers") == "none")
                let failures = await page.requests.compactMap(\.failure)
                #expect(failures == Array(repeating: "blocked (inspector)", count: 2))
            }
        }
    }

    @Test func `the network goes away and comes back, for open pages and new ones`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                try await page.goto(site("/page"), deadline: limit)
                try await context.setNetworkConditions(NetworkConditions(isOffline: true))
                #expect(try await text(page, "/headers") == "failed: Failed to fetch")
                #expect(try await page.evaluate("navigator.onLine", deadline: limit) == false)
                let other = try await context.newPage()
                let error = await failure { try await other.goto(site("/page"), deadline: limit) }
                #expect(error?.message.contains("ERR_INTERNET_DISCONNECTED") == true)
                try await context.setNetworkConditions(NetworkConditions(latency: .milliseconds(300)))
                let began = ContinuousClock.now
                #expect(try await text(page, "/headers") == "none")
                #expect(ContinuousClock.now - began >= .milliseconds(250))
                try await other.goto(site("/page"), deadline: limit)
            }
        }
    }
}
