import EventLoops
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

/// Pages that stop answering: each call has an end, and the page can be left or closed.
@Suite(.timeLimit(.minutes(3)), .retried) struct HungPageTests {
    private static let endless = "<button onclick='for (;;) {}'>go</button><p>text</p>"

    @Test func `a click whose handler never ends times out with the reason, and the page can be left`() async throws {
        try await withPage { page, _ in
            try await page.goto(html(Self.endless), deadline: .seconds(30))
            let click = await #expect(throws: BrowserError.self) {
                try await page.click(Selector("button"), until: .now + .seconds(1))
            }
            #expect(click?.code == .timeout)
            let read = await #expect(throws: BrowserError.self) {
                try await page.extract(Selector("p"), until: .now + .seconds(1))
            }
            #expect(read?.code == .timeout)
            #expect(read?.message.contains("scripts keep it busy") == true, "\(read?.message ?? "")")
            // Leaving the page ends its loop.
            try await page.goto(html("<title>next</title>"), deadline: .seconds(30))
            #expect(try await page.title(until: .now + .seconds(30)) == "next")
        }
    }

    @Test func `a page that waits for a server in a synchronous request can be closed`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                try await page.goto(site("/page"), deadline: .seconds(30))
                let request = "let r = new XMLHttpRequest(); r.open('GET', '/never', false); r.send()"
                let error = await #expect(throws: BrowserError.self) {
                    _ = try await page.evaluate(request, deadline: .milliseconds(500))
                }
                #expect(error?.code == .timeout)
                await context.close()
                #expect(try await context.browser.targetCount() == 0)
            }
        }
    }

    @Test func `a page that never ends loading can be worked and pictured`() async throws {
        try await PageServer.with { site in
            try await withPage { page, _ in
                try await page.goto(site("/slow-image"), waitUntil: .domContentLoaded, deadline: .seconds(30))
                let button = """
                    document.body.insertAdjacentHTML('beforeend', `<style>@font-face { font-family: slow; src: url(/never) }
                      button { font-family: slow }</style><button onclick="document.title = 'clicked'">go</button>`)
                    """
                _ = try await page.evaluate(button, deadline: .seconds(30))
                let error = await #expect(throws: BrowserError.self) {
                    try await page.waitForLoadState(.load, deadline: .milliseconds(300))
                }
                #expect(error?.code == .timeout)
                try await page.click(Selector("button"), until: .now + .seconds(30))
                #expect(try await page.title(until: .now + .seconds(30)) == "clicked")
                let picture = try await page.picture(until: .now + .seconds(30)).screenshot
                #expect(picture.bytes.count > 1000)
            }
        }
    }

    @Test func `a popup that closes itself at once leaves its opener at work`() async throws {
        try await withPage { page, context in
            let source =
                "<button onclick=\"const w = open('about:blank'); w.close(); document.title = 'done'\">go</button>"
            try await page.goto(html(source), deadline: .seconds(30))
            try await page.click(Selector("button"), until: .now + .seconds(30))
            #expect(try await page.title(until: .now + .seconds(30)) == "done")
            while await context.pages.count > 1 { try await context.loop.sleep(for: .milliseconds(10)) }
            #expect(await context.pages.count == 1)
        }
    }

    @Test func `a table of 8,000 rows is read in one piece`() async throws {
        try await withPage { page, _ in
            let source = """
                <table><tr><th>Nr<th>Name<th>Betrag</table><script>
                const rows = Array.from({ length: 8000 }, (_, i) => `<tr><td>${i}<td>Kunde ${i}<td>${i},50 €`)
                document.querySelector('tbody').insertAdjacentHTML('beforeend', rows.join(''))</script>
                """
            try await page.goto(html(source), deadline: .seconds(30))
            var table = Extraction()
            table.kind = .table
            let rows = try await page.extract(Selector("table"), table, until: .now + .seconds(60)).value.array ?? []
            #expect(rows.count == 8000)
            #expect(rows.last == ["Nr": "7999", "Name": "Kunde 7999", "Betrag": "7999,50 €"])
        }
    }
}
