import CDPProtocol
import EventLoops
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(5)), .retried) struct ManyContextsTests {
    @Test func `fifty contexts work at the same time and leave nothing`() async throws {
        try await withBrowser { browser in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let context = try await browser.newContext(deadline: .seconds(120))
                        let page = try await context.newPage(deadline: .seconds(120))
                        let source = "<button onclick=\"document.title = 'clicked \(number)'\">go</button>"
                        try await page.goto(html(source), deadline: .seconds(120))
                        try await page.click(Selector("button"), until: .now + .seconds(120))
                        let title = try await page.title(until: .now + .seconds(120))
                        #expect(title == "clicked \(number)")
                        return title
                    }
                }
                var titles: Set<String> = []
                for try await title in group { titles.insert(title) }
                #expect(titles.count == 50)
            }
            #expect(await browser.contextCount == 50)
            for context in await browser.openContexts { await context.close() }
            #expect(await browser.contextCount == 0)
            #expect(try await browser.targetCount() == 0)
        }
    }

    @Test func `clicked elements are let go when the page lets them go (case 100)`() async throws {
        try await withPage { page, _ in
            let source = """
                <div id=place></div><script>
                const seen = [];
                function next() {
                  place.innerHTML = '<button onclick="this.dataset.clicked = 1">go</button><input>';
                  seen.push(new WeakRef(place.firstChild), new WeakRef(place.lastChild));
                }
                next();
                </script>
                """
            try await page.goto(html(source), deadline: .seconds(30))
            for number in 0..<20 {
                try await page.click(Selector("button"), until: .now + .seconds(30))
                try await page.fill(Selector("input"), "\(number)", until: .now + .seconds(30))
                _ = try await page.extract(Selector("button"), until: .now + .seconds(30))
                _ = try await page.evaluate("next()", deadline: .seconds(30))
            }
            _ = try await page.evaluate("place.innerHTML = ''", deadline: .seconds(30))
            let alive = "seen.filter((each) => each.deref()).length"
            let end = ContinuousClock.now + .seconds(20)
            var count = -1
            // Layout and input of Chromium itself hold on to the latest elements for a moment.
            while count != 0, .now < end {
                try await page.call(CollectGarbage(), deadline: .seconds(30))
                count = try await page.evaluate(alive, deadline: .seconds(30)).int ?? -1
            }
            #expect(count == 0, "of 42 elements \(count) are still held")
        }
    }

    /// HeapProfiler.collectGarbage, which only a test needs.
    private struct CollectGarbage: CDPCommand {
        static let method = "HeapProfiler.collectGarbage"
        var parameters: JSONObject { [:] }
        typealias Reply = CDPEmptyReply
    }
}
