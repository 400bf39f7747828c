import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct ReadingTests {
        @Test func `a table is an array of objects by its headers`() async throws {
            try await withTestPage(file: "invoices.html") { page in
                var table = Extraction()
                table.kind = .table
                let rows = try await page.session.extract(Selector("#invoices"), table, until: page.soon).value
                #expect(rows.array?.count == 3)
                #expect(rows[0] == ["Nr.": "2026-117", "Firma": "Firma X", "Betrag": "1.234,50 €", "column_4": "PDF"])
                table.columns = ["number": "nr.", "link": "a@href"]
                let chosen = try await page.session.extract(Selector("role=table"), table, until: page.soon).value
                #expect(chosen[1] == ["number": "2026-118", "link": "/pdf/118"])
                let byRows = try await page.session.extract(
                    Selector("tbody tr"),
                    {
                        var e = table; e.columns = ["number": "td:nth-child(1)"]; return e
                    }(),
                    until: page.soon
                ).value
                #expect(byRows[2] == ["number": "2026-119"])
            }
        }

        @Test func `a column that is not there is named, with those there are`() async throws {
            try await withTestPage(file: "invoices.html") { page in
                var table = Extraction()
                table.kind = .table
                table.columns = ["number": "Nummer"]
                let error = await failure {
                    try await page.session.extract(Selector("table"), table, until: .now + .milliseconds(100))
                }
                #expect(
                    error?.message.contains("has no column \"Nummer\". The headers there are: \"Nr.\", \"Firma\"")
                        == true
                )
            }
        }

        @Test func `reads text, value, attribute, html and count, one or all, whole or by pattern`() async throws {
            try await withTestPage("<h1>Rechnung  Nr. 7</h1><input value=ab><a href=/x>1</a><a href=/y>2</a>") { page in
                func read(_ selector: String, _ change: (inout Extraction) -> Void) async throws -> JSONValue {
                    var extraction = Extraction()
                    change(&extraction)
                    return try await page.session.extract(Selector(selector), extraction, until: page.soon).value
                }
                let text = try await read("h1") { _ in }
                #expect(text == "Rechnung Nr. 7")
                #expect(try await read("h1") { $0.pattern = "Nr\\. (\\d+)" } == "7")
                #expect(try await read("input") { $0.kind = .value } == "ab")
                #expect(
                    try await read("a") {
                        $0.kind = .attribute
                        $0.attribute = "href"
                        $0.isAll = true
                    } == ["/x", "/y"]
                )
                #expect(try await read("h1") { $0.kind = .html } == "<h1>Rechnung  Nr. 7</h1>")
                #expect(try await read("b") { $0.kind = .count } == 0)
            }
        }

        @Test func `expectations wait, and say what was there instead`() async throws {
            let source = "<h1 id=a>alt</h1><script>setTimeout(() => a.textContent = 'Summe 12,00 €', 150)</script>"
            try await withTestPage(source) { page in
                var sum = PageCondition()
                sum.selector = try Selector("h1")
                sum.text = TextMatch(.contains, "summe 12")
                try await page.session.expect(sum, until: page.soon)
                sum.text = TextMatch(.exact, "Summe")
                let error = await failure { try await page.session.expect(sum, until: .now + .milliseconds(100)) }
                #expect(error?.code == .expectationFailed)
                #expect(error?.message.contains("but it is \"Summe 12,00 €\"") == true)
                sum.isNegated = true
                try await page.session.expect(sum, until: page.soon)
            }
        }

        @Test func `waits for a state`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                for (selector, state) in [
                    ("#gone", "hidden"), ("#gone", "detached"), ("#text", "visible"), ("#text", "enabled"),
                    ("#text", "editable"),
                    ("#agree", "unchecked"), ("#email", "empty"), ("label=Name", "attached"), ("#hiddenbox", "hidden"),
                    ("#text", "stable"),
                ] {
                    var condition = PageCondition()
                    condition.selector = try Selector(selector)
                    condition.state = state
                    try await page.session.waitFor(condition, until: page.soon)
                    if state != "stable" { try await page.session.expect(condition, until: page.soon) }
                }
            }
        }

        @Test func `hidden waits for the removal, and reports what it waits for`() async throws {
            try await withTestPage("<p id=a>da</p>") { page in
                var gone = PageCondition()
                gone.selector = try Selector("#a")
                gone.state = "hidden"
                let error = await failure { try await page.session.waitFor(gone, until: .now + .milliseconds(150)) }
                #expect(error?.message.contains("<p id=\"a\">da</p> is still visible") == true)
                #expect(error?.callLog.first?.contains("resolved to <p id=\"a\">da</p>") == true)
                _ = try await page.evaluate("setTimeout(() => a.remove(), 100)")
                try await page.session.waitFor(gone, until: page.soon)
            }
        }

        @Test func `a wait survives navigations, also to another process`() async throws {
            try await withTestPage(file: "button.html") { page in
                var heading = PageCondition()
                heading.selector = try Selector("h1")
                let other = page.site.replacing("127.0.0.1", with: "localhost")
                _ = try await page.evaluate("setTimeout(() => location = '\(other)/button.html', 50)")
                async let waiting = page.session.waitFor(heading, until: page.soon)
                var arrived = PageCondition()
                arrived.url = TextMatch(.address, "localhost*/button")
                try await page.session.waitFor(arrived, until: page.soon)
                try await page.session.goto("\(page.site)/echo?da", deadline: .seconds(30))
                #expect(try await waiting.touched == "heading \"GET da\"")
            }
        }

        @Test func `a crash ends a wait at once, and another address revives the page`() async throws {
            try await withTestPage(file: "button.html") { page in
                var never = PageCondition()
                never.selector = try Selector("#never")
                async let waiting = failure { try await page.session.waitFor(never, until: .now + .seconds(60)) }
                _ = try? await page.session.goto("chrome://crash", deadline: .seconds(30))
                #expect(await waiting?.code == .pageCrashed)
                #expect(await failure { try await page.click("button", within: .seconds(20)) }?.code == .pageCrashed)
                try await page.session.goto("\(page.site)/button.html", deadline: .seconds(30))
                try await page.click("button")
            }
        }

        @Test func `waits for an address made by script, a load state and a text`() async throws {
            try await withTestPage(file: "button.html") { page in
                _ = try await page.evaluate(
                    "setTimeout(() => { history.pushState(0, '', '/next?id=7'); document.body.append('fertig') }, 100)"
                )
                var condition = PageCondition()
                condition.url = TextMatch(.address, "/next?id=*")
                condition.text = TextMatch(.contains, "Fertig")
                condition.loadState = .load
                try await page.session.waitFor(condition, until: page.soon)
                #expect(await page.session.url == "\(page.site)/next?id=7")
            }
        }

        @Test func `scrolls to the end, by pixels and into view`() async throws {
            try await withTestPage("<div style='height:3000px'></div><p>unten</p>") { page in
                try await page.session.scroll(nil, .end("bottom"), until: page.soon)
                #expect(
                    try await page.evaluate("Math.ceil(scrollY) + innerHeight >= document.documentElement.scrollHeight")
                        == "true"
                )
                try await page.session.scroll(nil, .end("top"), until: page.soon)
                try await page.session.scroll(nil, .by(PointerOptions.Point(x: 0, y: 120)), until: page.soon)
                #expect(try await page.evaluate("scrollY") == "120")
                try await page.session.scroll(Selector("p"), .intoView, until: page.soon)
                #expect(try await page.evaluate("scrollY > 1000") == "true")
            }
        }
    }
}
