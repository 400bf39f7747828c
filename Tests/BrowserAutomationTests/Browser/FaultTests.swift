import CDPProtocol
import EventLoops
import Glibc
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct FaultTests {
    @Test func `a crashed page fails its calls at once, and a navigation revives it`() async throws {
        try await withPage { page, _ in
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            let start = ContinuousClock.now
            let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
            _ = try await page.evaluate("1", deadline: .seconds(30))
            let crash = Task { try await page.call(PageDomain.Crash(), deadline: .seconds(60)) }
            let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
            #expect(error?.code == .pageCrashed)
            await #expect(throws: BrowserError.self) { _ = try await crash.value }
            #expect(ContinuousClock.now - start < .seconds(30))
            #expect(await page.isCrashed)
            let after = await #expect(throws: BrowserError.self) {
                _ = try await page.evaluate("1", deadline: .seconds(60))
            }
            #expect(after?.code == .pageCrashed)

            try await page.goto(html("<title>alive</title>"), deadline: .seconds(30))
            #expect(try await page.evaluate("document.title", deadline: .seconds(30)) == .string("alive"))
            #expect(await !page.isCrashed)
        }
    }

    @Test func `a killed renderer fails its page alone, and a navigation revives it`() async throws {
        try await withPage { page, context in
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
            _ = try await page.evaluate("1", deadline: .seconds(30))
            let renderers = try chromiumProcesses(of: context.browser.processID, with: "--type=renderer")
            #expect(!renderers.isEmpty)
            for renderer in renderers { kill(renderer, SIGKILL) }
            await #expect(throws: BrowserError.self) { _ = try await pending.value }
            let result = try await page.goto(html("<title>alive</title>"), deadline: .seconds(30))
            #expect(result.kind == .document)
            #expect(try await page.evaluate("document.title", deadline: .seconds(30)) == .string("alive"))
        }
    }

    @Test func `a killed browser fails everything in it with its last words, and leaves nothing`() async throws {
        let loop = EventLoop(name: "browser")
        let browser = try await Browser.launch(on: loop)
        let context = try await browser.newContext()
        let page = try await context.newPage()
        try await page.goto(html("<p>x"), deadline: .seconds(30))
        let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
        _ = try await page.evaluate("1", deadline: .seconds(30))
        let start = ContinuousClock.now
        kill(browser.processID, SIGKILL)
        let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
        #expect(error?.code == .browserCrashed)
        #expect(ContinuousClock.now - start < .seconds(30))
        await #expect(throws: BrowserError.self) { _ = try await browser.newContext() }
        await browser.close()
        #expect(kill(-browser.processID, 0) == -1)
        #expect(access(browser.directory.path, F_OK) == -1)
        await loop.shutdown()
    }

    @Test func `a page that was closed fails its calls at once`() async throws {
        try await withPage { page, context in
            let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
            _ = try await page.evaluate("1", deadline: .seconds(30))
            await page.close()
            let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
            #expect(error?.code == .pageClosed)
            #expect(await context.pages.isEmpty)
        }
    }

    @Test func `a page in an endless loop times out and its context can still be closed`() async throws {
        try await withPage { page, context in
            let error = await #expect(throws: BrowserError.self) {
                _ = try await page.evaluate("for (;;) {}", deadline: .milliseconds(300))
            }
            #expect(error?.code == .timeout)
            await context.close()
            let left = try await context.browser.targetCount()
            #expect(left == 0)
        }
    }

    @Test func `a missing browser is an error that names the package to install`() async {
        let loop = EventLoop(name: "browser")
        let error = await #expect(throws: BrowserError.self) {
            _ = try await Browser.launch(on: loop, BrowserConfiguration(executable: "/no/such/chromium"))
        }
        #expect(error?.code == .browserMissing)
        #expect(error?.message.contains("apt install chromium-headless-shell") == true)
        await loop.shutdown()
    }

    @Test func `a program that is no browser fails the launch with its words and leaves nothing`() async throws {
        let loop = EventLoop(name: "browser")
        let error = await #expect(throws: BrowserError.self) {
            _ = try await Browser.launch(on: loop, BrowserConfiguration(executable: "/bin/ls"))
        }
        #expect(error?.code == .browserCrashed)
        #expect(error?.message.contains("ls:") == true, "\(error?.message ?? "")")
        await loop.shutdown()
    }
}
