import EventLoops
import FoundationEssentials
import Glibc
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct BrowserTests {
    @Test func `a page opens an address, evaluates, and has its picture taken`() async throws {
        try await withPage { page, _ in
            let result = try await page.goto(html("<title>Hello</title><h1>Hi</h1>"), deadline: .seconds(30))
            #expect(result.kind == .document)
            #expect(try await page.evaluate("document.title", deadline: .seconds(30)) == .string("Hello"))
            let (shot, _) = try await page.picture(until: .now + .seconds(10))
            #expect(shot.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            #expect(shot.contentType == "image/png")
        }
    }

    @Test func `after close there is no process, no directory and no target`() async throws {
        let loop = EventLoop(name: "browser")
        let browser = try await Browser.launch(on: loop)
        let context = try await browser.newContext()
        _ = try await context.newPage()
        #expect(try await browser.targetCount() == 1)
        await context.close()
        #expect(try await browser.targetCount() == 0)
        let (group, directory) = (browser.processID, browser.directory.path)
        #expect(FileManager.default.fileExists(atPath: directory))
        await browser.close()
        #expect(kill(-group, 0) == -1)
        #expect(!FileManager.default.fileExists(atPath: directory))
        await loop.shutdown()
    }
}
