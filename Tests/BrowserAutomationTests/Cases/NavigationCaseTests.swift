import CDP
import CDPProtocol
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

/// Navigation as pages and servers bend it; the cases that are not among `NavigationTests`.
@Suite(.timeLimit(.minutes(3)), .retried) struct NavigationCaseTests {
    private func withSite(_ body: (PageSession, BrowserContext, PageServer) async throws -> Void) async throws {
        try await PageServer.with { site in
            try await withPage { page, context in try await body(page, context, site) }
        }
    }

    private var soon: ContinuousClock.Instant { .now + .seconds(20) }

    @Test func `a redirect into another process is followed, and its page is worked (cases 3, 74)`() async throws {
        try await withSite { page, _, site in
            try await page.goto(site("/page"), deadline: .seconds(30))
            let result = try await page.goto(site("/isolated-redirect"), waitUntil: .load, deadline: .seconds(30))
            #expect(result.status == 200)
            #expect(result.url.hasPrefix("http://localhost:"))
            try await page.click(Selector("css=button"), until: soon)
            try await page.goto(site("/links"), deadline: .seconds(30))
            try await page.click(Selector("css=#page"), until: soon)
            #expect(await page.url == site("/page?linked"))
        }
    }

    @Test func `a click that posts a form returns with the new document (cases 2, 12, 33)`() async throws {
        try await withSite { page, _, site in
            try await page.goto(site("/form"), deadline: .seconds(30))
            try await page.click(Selector("role=button[name=Senden]"), until: soon)
            #expect(await page.url == site("/posted"))
            #expect(try await page.title(until: soon) == "posted")
        }
    }

    @Test func `a click while the page goes elsewhere by itself hits the old or the new page (case 13)`()
        async throws
    {
        try await withSite { page, _, site in
            for pause in stride(from: 0, through: 45, by: 5) {
                try await page.goto(site("/openers"), deadline: .seconds(30))
                let leave = "setTimeout(() => { location = '/openers?next' }, \(pause)), 0"
                _ = try await page.evaluate(leave, deadline: .seconds(30))
                try await page.click(Selector("css=#push"), until: soon)
                try await page.waitForURL("the new or the pushed one", deadline: .seconds(30)) {
                    $0.hasSuffix("?next") || $0.hasSuffix("?pushed")
                }
            }
        }
    }

    @Test func `a click whose navigation brings no document returns, and the page is worked on (case 32)`() async throws
    {
        try await withSite { page, _, site in
            try await page.goto(site("/openers"), deadline: .seconds(30))
            try await page.click(Selector("css=#self"), until: soon)
            try await page.click(Selector("css=#push"), until: soon)
            try await page.waitForURL("the pushed one", deadline: .seconds(30)) { $0.hasSuffix("?pushed") }
        }
    }

    @Test func `navigations that fail leave nobody waiting (case 77)`() async throws {
        try await withSite { page, _, site in
            for _ in 0..<20 {
                _ = await failure { try await page.goto("http://127.0.0.1:1/", deadline: .seconds(30)) }
                _ = await failure { try await page.goto(site("/empty"), deadline: .seconds(30)) }
            }
            #expect(await page.waiterCount == 0)
            #expect(await page.agentCalls.isEmpty)
        }
    }

    @Test func `network idle is reached beside an open event source, and after a request of the page before (case 78)`()
        async throws
    {
        try await withSite { page, _, site in
            try await page.goto(site("/page"), deadline: .seconds(30))
            _ = try await page.evaluate("void fetch('/never')", deadline: .seconds(30))
            try await page.goto(site("/listening"), waitUntil: .networkIdle, deadline: .seconds(30))
            #expect(try await page.title(until: soon) == "listening")
        }
    }

    @Test func `an address the page pushes is waited for; back and forward go over it (case 79)`() async throws {
        try await withSite { page, _, site in
            try await page.goto(site("/openers"), deadline: .seconds(30))
            try await page.click(Selector("css=#push"), until: soon)
            try await page.waitForURL("the pushed one", deadline: .seconds(30)) { $0.hasSuffix("?pushed") }
            let back = try await page.goInHistory(by: -1, deadline: .seconds(30))
            #expect(back.kind == .sameDocument)
            #expect(await page.url == site("/openers"))
            let forward = try await page.goInHistory(by: 1, deadline: .seconds(30))
            #expect(forward.url == site("/page?pushed"))
        }
    }

    @Test func `links in a new page open one, with or without an opener, and its load is waited for (cases 80, 86)`()
        async throws
    {
        try await withSite { page, context, site in
            try await page.goto(site("/openers"), deadline: .seconds(30))
            for (link, hasOpener) in [("plain", true), ("noopener", false)] {
                let mark = await context.pageCount
                try await page.click(Selector("css=#\(link)"), until: soon)
                let popup = try await context.waitForPopup(after: mark, deadline: .seconds(30))
                try await popup.waitForURL("the link's", deadline: .seconds(30)) { $0.hasSuffix("?\(link)") }
                try await popup.waitForLoadState(.load, deadline: .seconds(30))
                #expect(try await popup.title(until: soon) == link)
                #expect(try await popup.evaluate("opener !== null", deadline: .seconds(30)) == .bool(hasOpener))
                await popup.close()
            }
        }
    }

    @Test func `a popup that closes at once is told as such, and its opener goes on (case 86)`() async throws {
        try await withSite { page, context, site in
            try await page.goto(site("/openers"), deadline: .seconds(30))
            let mark = await context.pageCount
            try await page.click(Selector("css=#brief"), until: soon)
            do {
                let popup = try await context.waitForPopup(after: mark, deadline: .seconds(5))
                try await popup.wait(until: soon, for: "the popup to close") { _ in nil as Result<Void, BrowserError>? }
            } catch let error as BrowserError {
                // It may be gone before Chromium tells of it.
                #expect(error.code == .pageClosed || error.code == .timeout, "\(error)")
            }
            #expect(await context.pages.count == 1)
            #expect(await page.isOpen)
            try await page.click(Selector("css=#push"), until: soon)
        }
    }

    @Test func `a click that closes its page has worked (case 87)`() async throws {
        try await withSite { page, context, site in
            try await page.goto(site("/openers"), deadline: .seconds(30))
            let mark = await context.pageCount
            _ = try await page.evaluate(
                "void open('about:blank').document.write('<button onclick=\"window.close()\">Schließen</button>')",
                deadline: .seconds(30)
            )
            let popup = try await context.waitForPopup(after: mark, deadline: .seconds(30))
            try await popup.click(Selector("css=button"), until: soon)
            try await page.click(Selector("css=#push"), until: soon)
            #expect(await context.pages.count == 1)
        }
    }

    @Test func `a wait goes on in another process, for an element and for a function (cases 66, 70)`() async throws {
        try await withSite { page, _, site in
            try await page.goto(site("/page"), deadline: .seconds(30))
            var condition = PageCondition()
            condition.selector = try Selector("text=B")
            async let element = page.waitFor(condition, until: soon)
            async let function: Void = page.waitFor(script: "() => document.title === 'isolated'", .null, until: soon)
            try await page.goto(site("/isolated-redirect"), deadline: .seconds(30))
            _ = try await element
            try await function
        }
    }

    @Test func `a navigation in the moment its renderer dies gets a new one (case 98)`() async throws {
        try await withSite { page, _, site in
            for _ in 0..<3 {
                try await page.goto(site("/page"), deadline: .seconds(30))
                await page.crashNow()
                #expect(try await page.goto(site("/page?next"), deadline: .seconds(30)).status == 200)
            }
        }
    }
}

extension PageSession {
    fileprivate func crashNow() { session.post(PageDomain.Crash()) }
}
