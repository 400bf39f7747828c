import CDP
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

/// What actions cost on the wire: counts do not depend on how busy the machine is, times do. Where a page that is slow to
/// answer is asked once more, the cheapest of several counts.
@Suite(.timeLimit(.minutes(2)), .retried) struct CDPTrafficTests {
    /// A form on a page that is warm: the agent has run, the fonts are there.
    private func withForm(_ body: (PageSession) async throws -> Void) async throws {
        let source = """
            <title>form</title><input id=name><div id=rich contenteditable>text</div><button id=go onclick="this.textContent = 'gone'">go</button>
            <p id=text>some text</p><button id=later onclick="setTimeout(() => {
              document.body.insertAdjacentHTML('beforeend', '<p id=late>late</p>') }, 400)">later</button>
            """
        try await withPage { page, _ in
            try await page.goto(html(source), waitUntil: .load, deadline: .seconds(30))
            try await page.click(Selector("#go"), until: .now + .seconds(30))
            try await body(page)
        }
    }

    /// What `action` sent and received.
    private func traffic(
        of page: PageSession,
        during action: () async throws -> Void
    ) async throws -> CDPTraffic {
        let connection = page.session.connection
        let before = await connection.traffic
        try await action()
        return await connection.traffic - before
    }

    private func leastTraffic(
        of page: PageSession,
        during action: () async throws -> Void
    ) async throws -> CDPTraffic {
        var least = try await traffic(of: page, during: action)
        for _ in 0..<4 {
            let cost = try await traffic(of: page, during: action)
            if cost.sent < least.sent { least = cost }
        }
        return least
    }

    @Test func `a warm click is two waves and five messages`() async throws {
        try await withForm { page in
            let cost = try await leastTraffic(of: page) {
                try await page.click(Selector("#go"), until: .now + .seconds(30))
            }
            #expect(cost.waves == 2)
            #expect(cost.sent == 5)
            #expect(cost.replies == cost.sent)
        }
    }

    @Test func `a warm fill is one wave and two messages, of rich text two and three`() async throws {
        try await withForm { page in
            for (field, waves, messages) in [("#name", 1, 2), ("#rich", 2, 3)] {
                try await page.fill(Selector(field), "Anna", until: .now + .seconds(30))
                let cost = try await leastTraffic(of: page) {
                    try await page.fill(Selector(field), "Berta", until: .now + .seconds(30))
                }
                #expect(cost.waves == waves, "\(field)")
                #expect(cost.sent == messages, "\(field)")
                #expect(cost.replies == cost.sent, "\(field)")
            }
        }
    }

    @Test func `a read is one wave and one message`() async throws {
        try await withForm { page in
            let cost = try await traffic(of: page) {
                let text = try await page.extract(Selector("#text"), until: .now + .seconds(30)).value
                #expect(text == "some text")
            }
            #expect(cost.waves == 1)
            #expect(cost.sent == 1)
            #expect(cost.replies == 1)
        }
    }

    @Test func `nothing travels while a step waits`() async throws {
        try await withForm { page in
            var late = PageCondition()
            late.selector = try Selector("#late")
            late.state = "visible"
            try await page.click(Selector("#later"), until: .now + .seconds(30))
            let condition = late
            let cost = try await traffic(of: page) { try await page.waitFor(condition, until: .now + .seconds(30)) }
            #expect(cost.sent == 1)
            #expect(cost.replies == 1)
        }
    }

    @Test func `elements that may hide a closed root are asked about once, not with every try`() async throws {
        let source = "<x-a>text</x-a><script>customElements.define('x-a', class extends HTMLElement {})</script>"
        try await withPage { page, _ in
            try await page.goto(html(source), waitUntil: .load, deadline: .seconds(30))
            let cost = try await traffic(of: page) {
                let error = await failure { try await page.click(Selector("button"), until: .now + .seconds(1)) }
                #expect(error?.code == .notFound)
            }
            // The click, the list of elements, what each of them is, the click again, and letting go of them.
            #expect(cost.sent <= 6)
        }
    }

    @Test func `the agent crosses once a page, not once a call`() async throws {
        try await withForm { page in
            let cost = try await traffic(of: page) {
                try await page.fill(Selector("#name"), "Anna", until: .now + .seconds(30))
                try await page.goto("about:blank", deadline: .seconds(30))
                _ = try await page.extract(Selector("body"), until: .now + .seconds(30))
            }
            #expect(cost.sentBytes < 8192)
        }
    }

    @Test func `a new page is told everything in one burst`() async throws {
        try await withBrowser { browser in
            let context = try await browser.newContext()
            let before = await browser.connection.traffic
            _ = try await context.newPage()
            let cost = await browser.connection.traffic - before
            // The target first; the rest when it attaches, which comes before its reply.
            #expect(cost.waves <= 2)
            #expect(cost.sent <= 12)
        }
    }
}
