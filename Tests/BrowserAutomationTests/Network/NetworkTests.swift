import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct NetworkTests {
    @Test func `sees requests, redirects and failures from when it is asked to`() async throws {
        try await PageServer.with { site in
            try await withPage { page, _ in
                try await page.goto(site("/page"), deadline: .seconds(30))
                #expect(await page.requests.isEmpty)
                await page.observeNetwork()
                try await page.goto(site("/redirect"), deadline: .seconds(30))
                let requests = await page.requests.filter { $0.resourceType == "Document" }
                #expect(requests.map(\.url) == [site("/redirect"), site("/page?landed")])
                #expect(requests.map { $0.response?.status } == [302, 200])
                #expect(requests.first?.response?.headers.contains { $0.name.lowercased() == "location" } == true)
                #expect((requests.last?.receivedBytes ?? 0) > 20)
            }
        }
    }

    @Test func `a popup is observed from its first request on, and remembered when it is closed`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                await context.observeNetwork()
                try await page.goto(site("/links"), deadline: .seconds(30))
                let mark = await context.pageCount
                try await page.click(Selector("#popup"), .init(), until: .now + .seconds(30))
                let popup = try await context.waitForPopup(after: mark, deadline: .seconds(30))
                _ = try await popup.waitForResponse(
                    ResponseQuery(url: URLPattern("/page?popup")),
                    after: 0,
                    until: .now + .seconds(30)
                )
                await popup.close()
                #expect(await context.requests.contains { $0.url == site("/page?popup") && $0.page == popup.target })
            }
        }
    }

    @Test func `waits for a response and gives its body`() async throws {
        try await PageServer.with { site in
            try await withPage { page, _ in
                await page.observeNetwork()
                try await page.goto(site("/page"), deadline: .seconds(30))
                let mark = await page.requestCount
                async let response = page.waitForResponse(
                    ResponseQuery(url: URLPattern("*/missing"), method: "GET", status: 400...499),
                    after: mark,
                    until: .now + .seconds(30)
                )
                _ = try await page.evaluate(
                    "fetch('/page?other').then(() => fetch('/missing')), 1",
                    deadline: .seconds(30)
                )
                let request = try await response
                #expect(request.response?.status == 404)
                let body = try #require(await page.body(of: request, deadline: .seconds(30)))
                #expect(String(decoding: body, as: UTF8.self) == "<h1>Nothing here</h1>")
            }
        }
    }

    @Test func `a response that does not come is a timeout that lists what came`() async throws {
        try await PageServer.with { site in
            try await withPage { page, _ in
                await page.observeNetwork()
                try await page.goto(site("/page"), deadline: .seconds(30))
                let error = await failure {
                    try await page.waitForResponse(
                        ResponseQuery(url: URLPattern("/api"), status: 200...299),
                        after: 0,
                        until: .now + .milliseconds(50)
                    )
                }
                #expect(error?.code == .timeout)
                #expect(error?.message.contains("a response with status 200–299 of /api") == true)
                #expect(error?.message.contains("GET \(site("/page")) → 200") == true)
            }
        }
    }

    @Test func `the console keeps messages, errors and what did not load, without secrets`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                await context.setRedaction { $0.replacing("hunter2", with: "•••") }
                try await page.goto(site("/page"), deadline: .seconds(30))
                let script = """
                    console.warn('%s failed', 'login', {a: 1}, 'hunter2');
                    setTimeout(() => { throw new Error('broken hunter2') });
                    new Promise((done) => {
                      const image = new Image();
                      image.onerror = () => setTimeout(done);
                      image.src = '/missing';
                    })
                    """
                _ = try await page.evaluate(script, deadline: .seconds(30))
                let console = await page.console
                #expect(console.first?.level == "warning")
                #expect(console.first?.text == "login failed Object •••")
                #expect(await page.scriptErrors.first?.hasPrefix("Error: broken •••") == true)
                let unloaded = console.first { $0.source == .browser }
                #expect(unloaded?.url == site("/missing"))
                #expect(unloaded?.text.contains("404") == true)
            }
        }
    }
}
