import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct PageTests {
    @Test func `the agent is in every document without being sent again, apart from the page's own world`() async throws
    {
        try await withPage { page, _ in
            for title in ["one", "two"] {
                try await page.goto(html("<title>\(title)</title>"), deadline: .seconds(30))
                let context = try await page.agentPlace(until: .now.advanced(by: .seconds(5))).context
                #expect(await page.state.agentContext == context)
                #expect(try await page.evaluate("typeof cpaAgent", deadline: .seconds(30)) == .string("undefined"))
                let object = try await page.agentObject("cpaAgent", deadline: .seconds(30))
                #expect(object != nil)
            }
        }
    }

    @Test func `what a page believes about its machine comes from the options, also for a page that is there`()
        async throws
    {
        let options = PageOptions(
            viewport: .init(width: 900, height: 500, scale: 2),
            locale: "de-DE",
            timezone: "Asia/Tokyo",
            colorScheme: .dark
        )
        let probe = """
            [innerWidth, innerHeight, devicePixelRatio, (1234.5).toLocaleString(), navigator.language,
             new Date(0).getHours(), matchMedia('(prefers-color-scheme: dark)').matches]
            """
        let expected: JSONValue = [900, 500, 2, "1.234,5", "de-DE", 9, true]
        try await withPage(options) { page, context in
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            #expect(try await page.evaluate(probe, deadline: .seconds(30)) == expected)
            let later = try await context.browser.newContext()
            let plain = try await later.newPage()
            try await later.configure(options, dialogPolicy: .dismiss)
            try await plain.goto(html("<p>x"), deadline: .seconds(30))
            #expect(try await plain.evaluate(probe, deadline: .seconds(30)) == expected)
        }
    }

    @Test func `options Chromium does not know are the caller's mistake, in the caller's words`() async throws {
        try await withPage { page, _ in
            let error = await #expect(throws: BrowserError.self) {
                try await page.emulate(PageOptions(timezone: "Mars/Olympus"))
            }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("imezone") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a popup that closes itself leaves its opener at work`() async throws {
        try await withPage { page, context in
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            _ = try await page.evaluate("window.open('about:blank').close()", deadline: .seconds(30))
            #expect(try await page.evaluate("1 + 1", deadline: .seconds(30)) == 2)
            _ = try await page.evaluate("window.other = window.open('about:blank'); 0", deadline: .seconds(30))
            let popup = try await context.waitForPopup(after: 2, deadline: .seconds(30))
            _ = try await page.evaluate("window.other.close()", deadline: .seconds(30))
            await #expect(throws: BrowserError.self) {
                _ = try await popup.evaluate("new Promise(() => {})", deadline: .seconds(60))
            }
            #expect(await context.pages.count == 1)
        }
    }

    @Test func `extra headers go with every request`() async throws {
        try await PageServer.with { site in
            try await withPage(PageOptions(extraHeaders: ["X-Portal": "yes"])) { page, _ in
                try await page.goto(site("/headers"), deadline: .seconds(30))
                #expect(try await page.evaluate("document.body.textContent", deadline: .seconds(30)) == "yes")
            }
        }
    }

    @Test func `contexts share neither cookies nor storage`() async throws {
        try await PageServer.with { site in
            try await withBrowser { browser in
                let (one, other) = (try await browser.newContext(), try await browser.newContext())
                let (first, second) = (try await one.newPage(), try await other.newPage())
                try await first.goto(site("/page"), deadline: .seconds(30))
                try await second.goto(site("/page"), deadline: .seconds(30))
                _ = try await first.evaluate("document.cookie = 'a=1'; localStorage.b = '2'", deadline: .seconds(30))
                let look = "[document.cookie, localStorage.b ?? null]"
                let seen = try await second.evaluate(look, deadline: .seconds(30))
                #expect(seen == ["", nil])
            }
        }
    }

    @Test func `a popup becomes a page of the context, with agent and options`() async throws {
        try await PageServer.with { site in
            try await withPage(PageOptions(timezone: "Asia/Tokyo")) { page, context in
                try await page.goto(site("/links"), deadline: .seconds(30))
                let mark = await context.pageCount
                _ = try await page.evaluate("document.querySelector('#popup').click()", deadline: .seconds(30))
                let popup = try await context.waitForPopup(after: mark, deadline: .seconds(30))
                try await popup.waitForURL("the popup's", deadline: .seconds(30)) { $0.hasSuffix("?popup") }
                #expect(try await popup.evaluate("new Date(0).getHours()", deadline: .seconds(30)) == 9)
                #expect(try await popup.agentObject("cpaAgent", deadline: .seconds(30)) != nil)
                await popup.close()
                #expect(await context.pages.count == 1)
                #expect(await page.isOpen)
            }
        }
    }

    @Test func `a script's error carries its own words, and values keep their JSON type`() async throws {
        try await withPage { page, _ in
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            let error = await #expect(throws: BrowserError.self) {
                _ = try await page.evaluate("(() => { throw new Error('no such customer') })()", deadline: .seconds(30))
            }
            #expect(error?.message.contains("no such customer") == true)
            let value = try await page.evaluateFunction(
                "async x => ({twice: x.n * 2, list: [null, true, 'ä😀']})",
                ["n": 21],
                deadline: .seconds(30)
            )
            #expect(value == ["twice": 42, "list": [nil, true, "ä😀"]])
            #expect(try await page.evaluate("undefined", deadline: .seconds(30)) == .null)
        }
    }

    @Test func `a call whose document is replaced says so at once`() async throws {
        try await PageServer.with { site in
            try await withPage { page, _ in
                try await page.goto(site("/page"), deadline: .seconds(30))
                let pending = Task { try await page.evaluate("new Promise(() => {})", deadline: .seconds(30)) }
                _ = try await page.evaluate("1", deadline: .seconds(30))
                try await page.goto(site("/page?second"), deadline: .seconds(30))
                let error = await #expect(throws: BrowserError.self) { _ = try await pending.value }
                #expect(error?.code == .documentReplaced)
            }
        }
    }

    @Test func `input and its confirmation leave together`() async throws {
        try await withPage { page, _ in
            try await page.goto(
                html(
                    "<body style='margin:0'><button style='width:200px;height:100px' onclick='window.hits = (window.hits ?? 0) + 1'>x"
                ),
                deadline: .seconds(30)
            )
            let gesture = PageSession.MouseGesture(x: 50, y: 50, clicks: 2)
            _ = try await page.perform(gesture.events, confirmedBy: nil, deadline: .seconds(30))
            #expect(try await page.evaluate("window.hits", deadline: .seconds(30)) == 2)
        }
    }

    @Test func `the empty document a page begins with has the agent as soon as somebody acts there`() async throws {
        var options = PageOptions()
        options.testIDAttribute = "data-qa"
        let limit = Duration.seconds(20)
        try await withPage(options) { page, _ in
            #expect(await page.agentReach == .none)
            let button = "<button data-qa=go onclick=\"window.clicked = true\">Go</button>"
            _ = try await page.evaluate("document.body.innerHTML = '\(button)'", deadline: limit)
            try await page.click(Selector("testid=go"), until: .now + limit)
            #expect(try await page.evaluate("window.clicked", deadline: limit) == true)
            #expect(await page.agentReach == .all)
            try await page.goto(html("<b data-qa=next>B</b>"), deadline: limit)
            try await page.click(Selector("testid=next"), until: .now + limit)
        }
    }
}
