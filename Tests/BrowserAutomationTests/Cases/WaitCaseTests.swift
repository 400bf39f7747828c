import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct WaitCaseTests {
        private func wait(
            _ page: TestPage,
            _ selector: String? = nil,
            _ state: String? = nil,
            url: TextMatch? = nil,
            within limit: Duration = .seconds(20)
        ) async throws -> ActionReport {
            var condition = PageCondition()
            condition.selector = try selector.map { try Selector($0) }
            condition.state = state
            condition.url = url
            return try await page.session.waitFor(condition, until: .now + limit)
        }

        @Test func `hidden and detached wait until an element is gone (case 67)`() async throws {
            let source = """
                <p id=a>bald weg</p><p id=b>bald unsichtbar</p>
                <script>setTimeout(() => { a.remove(); b.style.display = "none"; }, 300)</script>
                """
            try await withTestPage(source) { page in
                _ = try await wait(page, "#a", "hidden")
                _ = try await wait(page, "#b", "hidden")
                _ = try await wait(page, "#a", "detached")
                let error = await failure { try await wait(page, "#b", "detached", within: .milliseconds(300)) }
                #expect(error?.message.contains("is still on the page") == true)
            }
        }

        @Test func `what was seen while waiting is told, folded (case 68)`() async throws {
            try await withTestPage("<p id=a style='display:none'>da</p>") { page in
                let error = await failure { try await wait(page, "#a", "visible", within: .milliseconds(500)) }
                #expect(error?.code == .notVisible)
                #expect(
                    error?.callLog.contains { $0.contains("× resolved to <p id=\"a\">") } == true,
                    "\(error?.callLog ?? [])"
                )
            }
        }

        @Test func `stable waits until an element has stopped moving`() async throws {
            let source = """
                <div id=a style="position:relative;animation:go .5s linear">x</div>
                <style>@keyframes go { from { left: 0 } to { left: 300px } }</style>
                """
            try await withTestPage(source) { page in
                _ = try await wait(page, "#a", "stable")
                #expect(try await page.evaluate("a.getAnimations().length") == "0")
            }
        }

        @Test func `an address is waited for over history and navigation, by part, star and pattern`() async throws {
            try await withTestPage(file: "button.html") { page in
                _ = try await page.evaluate("setTimeout(() => history.pushState({}, '', '/list?page=2'), 200)")
                _ = try await wait(page, url: TextMatch(.address, "list*page=2"))
                _ = try await page.evaluate("setTimeout(() => { location = '/echo?id=4711' }, 200)")
                _ = try await wait(page, url: TextMatch(.regex, "/echo\\?id=\\d+$"))
                #expect(await page.session.url == "\(page.site)/echo?id=4711")
            }
        }

        @Test func `a script gets the element a selector names, in the page's own world`() async throws {
            try await withTestPage(
                "<p id=a>eins</p><iframe srcdoc='<p id=b>zwei</p>'></iframe><script>a.mine = 42</script>"
            ) { page in
                let own = try await page.session.run(
                    script: "(element, { plus }) => element.mine + plus",
                    ["plus": 1],
                    on: Selector("#a"),
                    until: page.soon
                )
                #expect(own == 43)
                let framed = try await page.session.run(
                    script: "(element) => element.textContent",
                    .null,
                    on: Selector("frame=iframe >> #b"),
                    until: page.soon
                )
                #expect(framed == "zwei")
            }
        }
    }
}
