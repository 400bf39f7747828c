import CDP
import CDPProtocol
import EventLoops
import FoundationEssentials
import Glibc
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

/// What holds for every way to the browser.
@Suite(.timeLimit(.minutes(2)), .retried) struct TransportTests {
    typealias Transport = BrowserConfiguration.Transport

    @Test(arguments: Transport.allCases)
    func `a job works, whatever carries its commands`(_ transport: Transport) async throws {
        try await withBrowser(.init(transport: transport)) { browser in
            #expect(browser.version.contains("Chrome"))
            let page = try await browser.newContext().newPage()
            let source = "<input id=name><button onclick='document.title = this.previousSibling.value'>go</button>"
            try await page.goto(html(source), deadline: .seconds(30))
            try await page.fill(Selector("#name"), "Änne ✓", until: .now + .seconds(30))
            try await page.click(Selector("button"), until: .now + .seconds(30))
            #expect(try await page.title(until: .now + .seconds(30)) == "Änne ✓")
            let picture = try await page.picture(until: .now + .seconds(30)).screenshot
            #expect(picture.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }

    @Test(arguments: Transport.allCases)
    func `messages of megabytes arrive whole, both ways`(_ transport: Transport) async throws {
        try await withBrowser(.init(transport: transport)) { browser in
            let page = try await browser.newContext().newPage()
            let text = String(repeating: "0123456789abcdef", count: 4 << 16)
            let echoed = try await page.evaluateFunction("(text) => text + text", .string(text), deadline: .seconds(30))
            #expect(echoed.string == text + text)
        }
    }

    @Test(arguments: Transport.allCases)
    func `a hundred calls at once are each answered with their own reply`(_ transport: Transport) async throws {
        try await withBrowser(.init(transport: transport)) { browser in
            let page = try await browser.newContext().newPage()
            let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await page.evaluate("\(number) * 2", deadline: .seconds(30)) == JSONValue(number * 2)
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(answers == 100)
        }
    }

    @Test(arguments: Transport.allCases)
    func `a killed browser fails what is pending, and nothing of it is left`(_ transport: Transport) async throws {
        try await withBrowser(.init(transport: transport)) { browser in
            let page = try await browser.newContext().newPage()
            let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(60)) }
            _ = try await page.evaluate("1", deadline: .seconds(30))
            let start = ContinuousClock.now
            kill(browser.processID, SIGKILL)
            let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
            #expect(error?.code == .browserCrashed)
            #expect(ContinuousClock.now - start < .seconds(30))
            await browser.close()
            #expect(kill(-browser.processID, 0) == -1)
            #expect(access(browser.directory.path, F_OK) == -1)
        }
    }

    @Test(arguments: Transport.allCases)
    func `a program that is no browser fails the launch with its words`(_ transport: Transport) async throws {
        let loop = EventLoop(name: "browser")
        let error = await #expect(throws: BrowserError.self) {
            _ = try await Browser.launch(on: loop, .init(executable: "/bin/ls", transport: transport))
        }
        #expect(error?.code == .browserCrashed)
        #expect(error?.message.contains("ls:") == true, "\(error?.message ?? "")")
        await loop.shutdown()
    }

    @Test func `through the pipe no port is opened`() async throws {
        try await withBrowser(.init(transport: .pipe)) { browser in
            #expect(browser.debuggerAddress == nil)
            let command = FileManager.default.contents(atPath: "/proc/\(browser.processID)/cmdline") ?? Data()
            let words = String(decoding: command, as: UTF8.self)
            #expect(words.contains("--remote-debugging-pipe"))
            #expect(!words.contains("--remote-debugging-port"))
        }
    }

    @Test func `through the pipe what one turn sends leaves in one piece`() async throws {
        let loop = EventLoop(name: "pipe")
        let connection = CDPConnection(on: loop)
        let pipe = CDPPipeTransport(connection)
        let (written, feed) = AsyncStream.makeStream(of: [UInt8].self)
        await pipe.open { feed.yield($0) }
        try await loop.run {
            connection.root.post(BrowserDomain.GetVersion())
            connection.root.post(BrowserDomain.Close())
        }
        var pieces = written.makeAsyncIterator()
        let piece = try #require(await pieces.next())
        #expect(piece.split(separator: 0).count == 2)
        #expect(piece.last == 0)
        await connection.close()
        await loop.shutdown()
    }
}
