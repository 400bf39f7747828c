import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct SelectorTests {
        @Test func `CSS goes through open shadow roots`() async throws {
            try await withTestPage(file: "deep-shadow.html") { page in
                let one = "Hello from root1", two = "Hello from root2", three = "Hello from root3"
                #expect(try await page.texts("css=span") == [one, two, three, "\(three) #2"])
                #expect(try await page.texts("css=div div > #target") == [two])
                #expect(try await page.texts("css=span + [attr*=\"value\"], #target") == [two, "\(three) #2"])
                #expect(try await page.texts("[data-testid=foo] ~ span:not(#target)") == ["\(three) #2"])
                #expect(try await page.count("section span") == 0)
                try await page.click("role=button[name=Tief]")
                try await page.click("text=Tief")
                #expect(try await page.evaluate("clicked") == "true")
            }
        }

        @Test func `text finds the smallest elements, of buttons their value`() async throws {
            let source = """
                <div>yo</div><div>ya</div><div>\nye  </div><p>Click <b>me</b> now</p><input type=submit value=Absenden>
                <button>Sub<i>mit</i></button><script>var geheim</script><div><p>one</p><p>two</p></div>
                """
            try await withTestPage(source) { page in
                for (selector, count) in [
                    ("text=ya", 1), ("text=YE", 1), ("text=\"ye\"", 1), ("text=\"YE\"", 0), ("text=/^\\s*y[ao]$/", 2),
                    ("text=y", 3),
                    ("text=me", 1), ("text=click me now", 1), ("text=absenden", 1), ("text=\"Submit\"", 1),
                    ("text=geheim", 0),
                    ("text=\"Click\"", 1), ("text=one two", 1),
                ] {
                    let found = try await page.count(selector)
                    #expect(found == count, "\(selector)")
                }
            }
        }

        @Test func `role finds by name and state, hidden ones only when asked`() async throws {
            try await withTestPage(file: "roles.html") { page in
                for (selector, count) in [
                    ("role=navigation[name=Haupt]", 1), ("role=link", 1), ("role=heading", 2),
                    ("role=heading[level=2]", 1),
                    ("role=heading[name=\"Rechnungen\"][exact]", 1), ("role=button[name=Schließen]", 1),
                    ("role=button[name=suchen]", 1), ("role=button[name=suchen][exact]", 0),
                    ("role=button[name=\"✓ Fertig\"]", 1),
                    ("role=button[name=Drucken]", 1), ("role=button[disabled]", 1), ("role=button[pressed]", 1),
                    ("role=button", 7),
                    ("role=button[include-hidden]", 9), ("role=textbox[name=Benutzer]", 1),
                    ("role=textbox[name=\"Vor Name\"]", 1),
                    ("role=textbox[name=\"Erste Zweite\"][exact]", 1), ("role=textbox[name=Suchbegriff]", 1),
                    ("role=checkbox[checked]", 1), ("role=checkbox[checked=false]", 0),
                    ("role=group[name=Anschrift]", 1),
                    ("role=table[name=Liste]", 1), ("role=columnheader", 1), ("role=cell", 1),
                    ("role=img[name=/logo/i]", 1),
                    ("role=button[expanded]", 1),
                ] {
                    let found = try await page.count(selector)
                    #expect(found == count, "\(selector)")
                }
            }
        }

        @Test func `labels and placeholders find their fields`() async throws {
            try await withTestPage(file: "roles.html") { page in
                var attribute = Extraction()
                attribute.kind = .attribute
                attribute.attribute = "id"
                for (selector, id) in [
                    ("label=Erste", "multi"), ("label=zweite", "multi"), ("label=\"Benutzer\"", "user"),
                    ("label=Vor", "named"),
                    ("placeholder=such", "term"),
                ] {
                    let report = try await page.session.extract(Selector(selector), attribute, until: page.soon)
                    #expect(report.value == .string(id), "\(selector)")
                }
            }
        }

        @Test func `alt, title and test id find theirs`() async throws {
            try await withTestPage(file: "roles.html") { page in
                for selector in ["alt=logo", "title=Startseite", "testid=logo"] {
                    let found = try await page.count(selector)
                    #expect(found == 1)
                }
                #expect(try await page.count("testid=log") == 0)
            }
        }

        @Test func `parts are chained and filtered`() async throws {
            try await withTestPage(file: "invoices.html") { page in
                let first = try await page.texts("tr >> has-text=Firma X >> td >> nth=0")
                #expect(first == ["2026-117"])
                #expect(try await page.texts(".row >> has-text=/firma x/i >> nth=-1 >> td:first-child") == ["2026-119"])
                #expect(try await page.count("tr >> has=\"text=Firma X\"") == 2)
                #expect(try await page.count("tbody tr >> has-not=\"text=Firma X\"") == 1)
                #expect(try await page.count("tr >> visible=false") == 0)
                let report = try await page.click("tr >> has-text=2026-118 >> role=link[name=PDF]", within: .seconds(5))
                #expect(report.touched == "link \"PDF\"")
            }
        }

        @Test func `XPath is relative to what was found before`() async throws {
            try await withTestPage(file: "invoices.html") { page in
                let second = try await page.texts("//tbody/tr[2]/td[1]")
                #expect(second == ["2026-118"])
                #expect(try await page.texts("tfoot >> //td[1]") == ["Summe"])
                #expect(try await page.texts("tfoot >> xpath=./tr/td[1]") == ["Summe"])
                #expect(await failure { try await page.count("//tr[@@]") }?.code == .invalidInput)
            }
        }

        @Test func `a frame of another origin is entered too`() async throws {
            try await withTestPage(file: "button.html") { page in
                let other = page.site.replacing("127.0.0.1", with: "localhost")
                _ = try await page.evaluate(
                    "document.body.innerHTML = '<iframe src=\"\(other)/button.html\"></iframe>'"
                )
                try await page.click("frame=iframe >> button")
            }
        }

        @Test func `what is not valid is refused by the page too`() async throws {
            try await withTestPage("<p>") { page in
                let unknownRole = try await page.count("role=buton")
                #expect(unknownRole == 0)
                #expect(await failure { try await page.click("text=/(/") }?.code == .invalidInput)
            }
        }
    }
}
