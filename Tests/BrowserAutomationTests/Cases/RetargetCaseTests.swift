import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct RetargetCaseTests {
        @Test(arguments: [
            "<label for=target>Hallo</label><input id=target>",
            "<label><b id=inner>Hallo</b><input id=target></label>",
        ])
        func `a label stands for its field: filled, typed into, focused, clicked (case 50)`(source: String) async throws
        {
            try await withTestPage(source) { page in
                try await page.fill("text=Hallo", "eins")
                #expect(try await page.evaluate("target.value") == "\"eins\"")
                try await page.session.type(Selector("text=Hallo"), " zwei", until: page.soon)
                #expect(try await page.evaluate("target.value") == "\"eins zwei\"")
                _ = try await page.evaluate("target.blur()")
                try await page.session.setFocus(true, Selector("text=Hallo"), until: page.soon)
                #expect(try await page.evaluate("document.activeElement.id") == "\"target\"")
                _ = try await page.evaluate("target.blur()")
                try await page.click("text=Hallo")
                #expect(try await page.evaluate("document.activeElement.id") == "\"target\"")
            }
        }

        @Test func `a label stands for its box: checked, and waited for until it is enabled (case 50)`() async throws {
            let source =
                "<label><span>Hallo</span><input type=checkbox id=target disabled></label><script>setTimeout(() => target.disabled = false, 200)</script>"
            try await withTestPage(source) { page in
                try await page.session.setChecked(true, Selector("text=Hallo"), until: page.soon)
                #expect(try await page.evaluate("[target.checked, target.disabled]") == "[true,false]")
                try await page.session.setChecked(false, Selector("text=Hallo"), until: page.soon)
                #expect(try await page.evaluate("target.checked") == "false")
            }
        }

        @Test func `a text stands for the button around it, enabled or not (case 50)`() async throws {
            let source = "<div role=button aria-disabled=true id=target onclick='window.clicked = 1'><i>Hallo</i></div>"
            try await withTestPage(source) { page in
                let error = await failure { try await page.click("i", within: .milliseconds(300)) }
                #expect(error?.code == .notEnabled)
                _ = try await page.evaluate("target.removeAttribute('aria-disabled')")
                try await page.click("i")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `equal tries are one line of the call log, with their number (case 34)`() async throws {
            let source = """
                <button id=b style="position:absolute;left:0" disabled>A</button>
                <div id=cover style="position:fixed;inset:0;display:none"></div>
                """
            try await withTestPage(source) { page in
                async let clicking = failure { try await page.click("button", within: .seconds(3)) }
                // Long enough for several tries, however fast the page is drawn.
                _ = try await page.evaluate(
                    """
                    new Promise((done) => {
                      let frames = 0;
                      const step = () => (frames += 1) < 30 ? requestAnimationFrame(step) : done();
                      step();
                    })
                    """
                )
                _ = try await page.evaluate("b.disabled = false, cover.style.display = ''")
                let error = await clicking
                #expect(error?.code == .coveredBy)
                let log = error?.callLog ?? []
                let folded = log.filter { $0.contains(" × resolved to") }
                #expect(folded.count == 2, "\(log)")
                #expect(log.contains("    element is not enabled"), "\(log)")
                #expect(log.contains("    <div id=\"cover\"> intercepts pointer events"), "\(log)")
                #expect(log.count <= 6, "\(log)")
            }
        }
    }
}
