import CDP
import CDPProtocol
import EventLoops
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

/// Every action ends at once when its task is cancelled, also on a page that answers nobody.
@Suite(.timeLimit(.minutes(3)), .retried) struct CancellationTests {
    struct Action: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (PageSession) async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (PageSession) async throws -> Void) {
            testDescription = name
            self.run = run
        }
    }

    private static let long = Duration.seconds(60)
    private static var end: ContinuousClock.Instant { .now + long }

    static let actions: [Action] = [
        Action("reload") { try await $0.reload(deadline: long) },
        Action("click") { try await $0.click(Selector("#none"), until: end) },
        Action("hover") { try await $0.hover(Selector("#none"), until: end) },
        Action("check") { try await $0.setChecked(true, Selector("#none"), until: end) },
        Action("drag") { try await $0.drag(Selector("#none"), to: Selector("#none"), until: end) },
        Action("fill") { try await $0.fill(Selector("#none"), "x", until: end) },
        Action("type") { try await $0.type(Selector("#none"), "x", until: end) },
        Action("press") { try await $0.press(Selector("#none"), KeyChord(parsing: "Enter"), until: end) },
        Action("select") { try await $0.select(Selector("#none"), [.text("x")], until: end) },
        Action("extract") { _ = try await $0.extract(Selector("#none"), until: end) },
        Action("expect") { try await $0.expect(condition(), until: end) },
        Action("wait_for") { try await $0.waitFor(condition(), until: end) },
        Action("wait_for load") { try await $0.waitForLoadState(.networkIdle, deadline: long) },
        Action("scroll") { try await $0.scroll(Selector("#none"), .intoView, until: end) },
        Action("evaluate") { _ = try await $0.evaluate("new Promise(() => {})", deadline: long) },
        Action("wait_for function") { try await $0.waitFor(script: "() => false", .null, until: end) },
        Action("screenshot of an element") { _ = try await $0.picture(of: Selector("#none"), until: end) },
        Action("screenshot") { _ = try await $0.picture(until: end) },
        Action("title") { _ = try await $0.title(until: end) },
    ]

    private static func condition() throws -> PageCondition {
        var condition = PageCondition()
        condition.selector = try Selector("#none")
        condition.state = "visible"
        return condition
    }

    @Test(arguments: actions)
    func `an action that is cancelled ends at once, not at its deadline`(_ action: Action) async throws {
        try await withPage { page, _ in
            try await page.goto(html("<p>nothing here</p>"), deadline: .seconds(30))
            // From here on the page answers nobody: only we can end what waits for it.
            await page.hangNow()
            let sent = await page.session.connection.traffic.sent
            let running = Task { try await action.run(page) }
            let begun = ContinuousClock.now + .seconds(5)
            while await page.session.connection.traffic.sent <= sent, .now < begun {
                try await page.loop.sleep(for: .milliseconds(5))
            }
            let start = ContinuousClock.now
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            let took = ContinuousClock.now - start
            #expect(took < .seconds(10), "it took \(took)")
        }
    }

    @Test func `opening an address that never answers ends at once when it is cancelled`() async throws {
        try await PageServer.with { site in
            try await withPage { page, _ in
                let running = Task { try await page.goto(site("/silent"), deadline: Self.long) }
                while await page.state.pendingURL == nil { try await page.loop.sleep(for: .milliseconds(5)) }
                let start = ContinuousClock.now
                running.cancel()
                await #expect(throws: CancellationError.self) { try await running.value }
                let took = ContinuousClock.now - start
                #expect(took < .seconds(10), "it took \(took)")
            }
        }
    }
}

extension PageSession {
    /// Sent when it returns, so that whatever the page is asked later waits behind it.
    fileprivate func hangNow() { session.post(RuntimeDomain.Evaluate(expression: "for (;;) {}")) }
}
