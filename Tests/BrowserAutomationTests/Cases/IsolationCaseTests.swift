import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(3)), .retried) struct IsolationCaseTests {
    private let limit = Duration.seconds(20)
    private let look =
        "[document.cookie, localStorage.length, (await navigator.serviceWorker.getRegistrations()).length]"

    @Test func `cookies, storage and workers of one context are not seen in another (case 97)`() async throws {
        try await PageServer.with { site in
            let address = site.address.replacing("127.0.0.1", with: "localhost")
            try await withBrowser { browser in
                let first = try await browser.newContext().newPage()
                let second = try await browser.newContext().newPage()
                for page in [first, second] { try await page.goto(address + "/links", deadline: limit) }
                let fill = """
                    (async () => {
                      document.cookie = 'a=1';
                      localStorage.setItem('b', '2');
                      await navigator.serviceWorker.register('/worker.js');
                      return \(look);
                    })()
                    """
                #expect(try await first.evaluate(fill, deadline: limit) == ["a=1", 1, 1])
                #expect(try await second.evaluate("(async () => \(look))()", deadline: limit) == ["", 0, 0])
                // Both are clicked side by side.
                async let one = first.click(Selector("#page"), .init(), until: .now + limit)
                async let two = second.click(Selector("#page"), .init(), until: .now + limit)
                _ = try await (one, two)
                for page in [first, second] {
                    #expect(try await page.evaluate("location.search", deadline: limit) == "?linked")
                }
            }
        }
    }

    @Test func `a new context finds no worker of an old one (case 99)`() async throws {
        try await PageServer.with { site in
            let address = site.address.replacing("127.0.0.1", with: "localhost") + "/page"
            try await withBrowser { browser in
                let context = try await browser.newContext()
                let page = try await context.newPage()
                try await page.goto(address, deadline: limit)
                _ = try await page.evaluate(
                    "navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready).then(() => 1)",
                    deadline: limit
                )
                await context.close()
                let fresh = try await browser.newContext().newPage()
                try await fresh.goto(address, deadline: limit)
                let count = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
                #expect(try await fresh.evaluate(count, deadline: limit) == 0)
            }
        }
    }
}
