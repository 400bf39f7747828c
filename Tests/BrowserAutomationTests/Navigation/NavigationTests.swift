import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct NavigationTests {
    private func withSite(_ body: (PageSession, PageServer) async throws -> Void) async throws {
        try await PageServer.with { site in
            try await withPage { page, _ in try await body(page, site) }
        }
    }

    private func failure(_ body: () async throws -> Void) async -> BrowserError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? BrowserError
        }
    }

    @Test func `redirects are followed to the last address, whose status is reported`() async throws {
        try await withSite { page, site in
            let result = try await page.goto(site("/redirect"), waitUntil: .load, deadline: .seconds(30))
            #expect(result == NavigationResult(kind: .document, url: site("/page?landed"), status: 200))
            #expect(try await page.goto(site("/missing"), deadline: .seconds(30)).status == 404)
        }
    }

    @Test func `a script that moves on at once ends where it led (case 73)`() async throws {
        try await withSite { page, site in
            try await page.goto(site("/script-redirect"), waitUntil: .load, deadline: .seconds(30))
            try await page.waitForURL("the landing page", deadline: .seconds(30)) { $0.hasSuffix("?landed") }
        }
    }

    @Test func `an answer without a document is an error that says so, and the page stays where it was (case 71)`()
        async throws
    {
        try await withSite { page, site in
            try await page.goto(site("/page"), deadline: .seconds(30))
            let error = await failure { try await page.goto(site("/empty"), deadline: .seconds(30)) }
            #expect(error?.code == .navigationFailed)
            #expect(error?.message.contains("204") == true)
            #expect(await page.url == site("/page"))
        }
    }

    @Test func `an address nobody listens at is an error in plain words, and the next address works`() async throws {
        try await withSite { page, site in
            let error = await failure { try await page.goto("http://127.0.0.1:1/", deadline: .seconds(30)) }
            #expect(error?.code == .navigationFailed)
            #expect(error?.message.contains("ERR_") == true)
            let refused = await failure { try await page.goto("http://127.0.0.1:49/", deadline: .seconds(30)) }
            #expect(refused?.message.contains("nothing listens") == true, "\(refused?.message ?? "no error")")
            let next = try await page.goto(site("/page"), deadline: .seconds(30))
            #expect(next.status == 200)
        }
    }

    @Test func `a host that does not exist is named`() async throws {
        try await withSite { page, _ in
            let error = await failure { try await page.goto("http://no-such-host.invalid/", deadline: .seconds(30)) }
            #expect(error?.message.contains("no-such-host.invalid") == true)
            #expect(error?.message.contains("does not exist") == true, "\(error?.message ?? "no error")")
        }
    }

    @Test func `an address that is a file fails unless downloads are fine`() async throws {
        try await withSite { page, site in
            let error = await failure { try await page.goto(site("/file"), deadline: .seconds(30)) }
            #expect(error?.code == .navigationFailed)
            #expect(error?.message.contains("download") == true)
            let result = try await page.goto(site("/file"), acceptsDownload: true, deadline: .seconds(30))
            #expect(result.kind == .download)
        }
    }

    @Test func `the same document with another fragment is not loaded again`() async throws {
        try await withSite { page, site in
            try await page.goto(site("/page"), deadline: .seconds(30))
            _ = try await page.evaluate("window.kept = 1", deadline: .seconds(30))
            let result = try await page.goto(site("/page#part"), deadline: .seconds(30))
            #expect(result.kind == .sameDocument)
            #expect(try await page.evaluate("window.kept", deadline: .seconds(30)) == .integer(1))
        }
    }

    @Test func `commit and domcontentloaded do not wait for an image that never comes, load times out (cases 75, 76)`()
        async throws
    {
        try await withSite { page, site in
            try await page.goto(site("/slow-image"), waitUntil: .commit, deadline: .seconds(30))
            try await page.goto(site("/slow-image"), waitUntil: .domContentLoaded, deadline: .seconds(30))
            let error = await failure {
                try await page.goto(site("/slow-image"), waitUntil: .load, deadline: .milliseconds(500))
            }
            #expect(error?.code == .timeout)
            #expect(error?.message.contains("'load'") == true)
            #expect(try await page.goto(site("/page"), waitUntil: .networkIdle, deadline: .seconds(30)).status == 200)
        }
    }

    @Test(arguments: [8, 12, 16, 20, 30])
    func `the network is idle after a navigation that took the place of one under way`(milliseconds: Int) async throws {
        try await withSite { page, site in
            try await page.goto(site("/slow-image"), waitUntil: .domContentLoaded, deadline: .seconds(30))
            _ = await failure {
                try await page.goto(site("/slow-image"), deadline: .milliseconds(milliseconds))
            }
            let result = try await page.goto(site("/page"), waitUntil: .networkIdle, deadline: .seconds(20))
            #expect(result.status == 200)
        }
    }

    /// Chromium tells no end of what a page was loading when it was left, and its last request may come after the navigation
    /// has begun.
    @Test func `what the page before was still loading does not keep the network busy`() async throws {
        try await withSite { page, site in
            try await page.goto(site("/page?1"), deadline: .seconds(30))
            let last = "addEventListener('beforeunload', () => { new Image().src = '/never' })"
            _ = try await page.evaluate(last, deadline: .seconds(30))
            let result = try await page.goto(site("/page?2"), waitUntil: .networkIdle, deadline: .seconds(20))
            #expect(result.status == 200)
            #expect(await page.networkLog.requests.contains { $0.url == site("/never") && !$0.isOver })
        }
    }

    @Test func `reload, back and forward wait for their document; beyond the end is an error`() async throws {
        try await withSite { page, site in
            try await page.goto(site("/page?1"), deadline: .seconds(30))
            try await page.goto(site("/page?2"), deadline: .seconds(30))
            #expect(try await page.goInHistory(by: -1, deadline: .seconds(30)).url == site("/page?1"))
            #expect(try await page.goInHistory(by: 1, deadline: .seconds(30)).url == site("/page?2"))
            #expect(try await page.reload(deadline: .seconds(30)).url == site("/page?2"))
            let error = await failure { try await page.goInHistory(by: 1, deadline: .seconds(30)) }
            #expect(error?.message.contains("forward") == true)
        }
    }

    @Test func `a newer navigation ends the older one with an error (case 72)`() async throws {
        try await withSite { page, site in
            let older = Task { try await page.goto(site("/never"), deadline: .seconds(30)) }
            try await page.wait(until: .now.advanced(by: .seconds(5)), for: "the first to begin") { page in
                page.state.pendingURL == nil ? nil : .success(())
            }
            try await page.goto(site("/page"), deadline: .seconds(30))
            let error = await failure { _ = try await older.value }
            #expect(error?.code == .navigationFailed, "\(String(describing: error))")
        }
    }

    @Test func `cancelling a navigation ends it at once`() async throws {
        try await withSite { page, site in
            let task = Task { try await page.goto(site("/slow-image"), waitUntil: .load, deadline: .seconds(60)) }
            try await page.waitForURL("the slow page", deadline: .seconds(30)) { $0.hasSuffix("/slow-image") }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `after an input the new document is waited for, and one that never comes is not`() async throws {
        try await withSite { page, site in
            try await page.goto(site("/links"), deadline: .seconds(30))
            _ = try await page.evaluate("document.querySelector('#empty').click()", deadline: .seconds(30))
            try await page.settleNavigation(deadline: .seconds(30))
            #expect(await page.url == site("/links"))
            _ = try await page.evaluate("document.querySelector('#page').click()", deadline: .seconds(30))
            try await page.settleNavigation(deadline: .seconds(30))
            #expect(await page.url == site("/page?linked"))
        }
    }
}
