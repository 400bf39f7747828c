import CDP
import JSON
import Testing

@testable import BrowserAutomation

/// What actions cost on the wire: counts do not depend on how busy the machine is, times do.
@Suite(.timeLimit(.minutes(2))) struct CDPTrafficTests {
    /// A form on a page that is warm: the agent has run, the fonts are there.
    private func withForm(_ body: (PageSession) async throws -> Void) async throws {
        let source = """
            <title>form</title><input id=name><button id=go onclick="this.textContent = 'gone'">go</button>
            <p id=text>some text</p><button id=later onclick="setTimeout(() => {
              document.body.insertAdjacentHTML('beforeend', '<p id=late>late</p>') }, 400)">later</button>
            """
        try await withPage { page, _ in
            try await page.goto(html(source), waitUntil: .load, deadline: .seconds(20))
            try await page.click(Selector("#go"), until: .now + .seconds(20))
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

    @Test func `a warm click is two waves and five messages`() async throws {
        try await withForm { page in
            let cost = try await traffic(of: page) { try await page.click(Selector("#go"), until: .now + .seconds(20)) }
            #expect(cost.waves == 2)
            #expect(cost.sent == 5)
            #expect(cost.replies == cost.sent)
        }
    }

    @Test func `a warm fill is two waves and three messages`() async throws {
        try await withForm { page in
            try await page.fill(Selector("#name"), "Anna", until: .now + .seconds(20))
            let cost = try await traffic(of: page) {
                try await page.fill(Selector("#name"), "Berta", until: .now + .seconds(20))
            }
            #expect(cost.waves == 2)
            #expect(cost.sent == 3)
            #expect(cost.replies == cost.sent)
        }
    }

    @Test func `a read is one wave and one message`() async throws {
        try await withForm { page in
            let cost = try await traffic(of: page) {
                let text = try await page.extract(Selector("#text"), until: .now + .seconds(20)).value
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
            try await page.click(Selector("#later"), until: .now + .seconds(20))
            let condition = late
            let cost = try await traffic(of: page) { try await page.waitFor(condition, until: .now + .seconds(20)) }
            #expect(cost.sent == 1)
            #expect(cost.replies == 1)
        }
    }

    @Test func `the agent crosses once a page, not once a call`() async throws {
        try await withForm { page in
            let cost = try await traffic(of: page) {
                try await page.fill(Selector("#name"), "Anna", until: .now + .seconds(20))
                try await page.goto("about:blank", deadline: .seconds(20))
                _ = try await page.extract(Selector("body"), until: .now + .seconds(20))
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
