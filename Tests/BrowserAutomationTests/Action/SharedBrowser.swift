import EventLoops
import FoundationEssentials
import HTTPServer
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

/// Tests of actions: they share one browser and one server.
@Suite(.sharedBrowser, .timeLimit(.minutes(2)), .retried) enum ActionTests {}

/// One browser and one server for all tests of a suite; each test has a context of its own.
struct SharedBrowser: SuiteTrait, TestScoping {
    @TaskLocal static var current: (browser: Browser, port: Int, gate: Gate)?

    var configuration = BrowserConfiguration()
    var handler: any HTTPHandler = PageSite()

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withBrowser(configuration) { browser in
            let listener = try await HTTPListener.start(on: browser.loop, handler: handler)
            let current = (browser, await listener.localPort, Gate(places: 4))
            let result: Result<Void, any Error>
            do {
                result = .success(try await Self.$current.withValue(current) { try await function() })
            } catch {
                result = .failure(error)
            }
            await Self.expectNothingLeft(in: browser)
            await listener.close()
            try result.get()
        }
    }
}

extension SharedBrowser {
    /// Each test closes its context: then Chromium has no page, we no context, and the disk no download.
    private static func expectNothingLeft(in browser: Browser) async {
        guard await browser.isOpen else { return }
        #expect(await browser.contextCount == 0)
        let targets = try? await browser.targetCount()
        #expect(targets == 0)
        let files = try? FileManager.default.contentsOfDirectory(atPath: browser.directory.downloads)
        #expect(files?.isEmpty == true, "\(files ?? [])")
    }
}

extension Trait where Self == SharedBrowser {
    /// Tests get their page by `withTestPage`.
    static var sharedBrowser: SharedBrowser { SharedBrowser() }
}

/// A page in a fresh context of the suite's browser.
func withTestPage(
    _ source: String? = nil,
    file: String? = nil,
    _ body: (TestPage) async throws -> Void
) async throws {
    let (browser, port, gate) = try #require(SharedBrowser.current)
    await gate.enter()
    let result: Result<Void, any Error>
    let context: BrowserContext
    do {
        context = try await browser.newContext()
    } catch {
        await gate.leave()
        throw error
    }
    do {
        let page = TestPage(session: try await context.newPage(), context: context, site: "http://127.0.0.1:\(port)")
        // What a page answers must not depend on how busy the machine is.
        await page.session.setAgentGrace(.seconds(20))
        if let source { try await page.session.goto(html(source), deadline: .seconds(30)) }
        if let file { try await page.session.goto("\(page.site)/\(file)", deadline: .seconds(30)) }
        result = .success(try await body(page))
    } catch {
        result = .failure(error)
    }
    await context.close()
    await gate.leave()
    return try result.get()
}

/// Lets a few in at a time: tests that watch the clock do not starve each other.
actor Gate {
    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) {
        self.places = places
    }

    func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
    }
}

extension PageSession {
    func setAgentGrace(_ grace: Duration) { agentGrace = grace }
}

/// Short words for what tests do all the time.
struct TestPage {
    let session: PageSession
    let context: BrowserContext
    /// Address of the fixture site, without a slash at its end.
    let site: String

    /// When a step of a test that should work is given up.
    var soon: ContinuousClock.Instant { .now + .seconds(30) }

    @discardableResult
    func click(
        _ selector: String,
        _ options: PointerOptions = .init(),
        within limit: Duration = .seconds(30)
    ) async throws -> ActionReport {
        try await session.click(Selector(selector), options, until: .now + limit)
    }

    @discardableResult
    func fill(_ selector: String, _ text: String, within limit: Duration = .seconds(30)) async throws -> ActionReport {
        try await session.fill(Selector(selector), text, until: .now + limit)
    }

    /// An expression in the page's own world.
    func evaluate(_ expression: String) async throws -> JSONText {
        JSONText(try await session.evaluate(expression, deadline: .seconds(30)).serialized())
    }

    func texts(_ selector: String) async throws -> [String] {
        var all = Extraction()
        all.isAll = true
        return try await session.extract(Selector(selector), all, until: soon).value.array?.compactMap(\.string) ?? []
    }

    func count(_ selector: String) async throws -> Int? {
        var count = Extraction()
        count.kind = .count
        return try await session.extract(Selector(selector), count, until: soon).value.int
    }
}

/// JSON as text, so that expectations read like the page's own literals.
struct JSONText: Equatable, ExpressibleByStringLiteral, CustomStringConvertible, Sendable {
    let description: String
    init(_ bytes: [UInt8]) { description = String(decoding: bytes, as: UTF8.self) }
    init(_ value: JSONValue) { self.init(value.serialized()) }
    init(stringLiteral value: String) { description = value }
}

/// The error of an action that must fail.
func failure(_ body: () async throws -> some Any) async -> BrowserError? {
    do {
        _ = try await body()
        Issue.record("The action worked")
        return nil
    } catch let error as BrowserError {
        return error
    } catch {
        Issue.record(error)
        return nil
    }
}
