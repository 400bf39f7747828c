import BrowserAutomation
import JSON

/// One action on a page that is warm.
struct ActionFigures: Sendable {
    /// 1,500 rows of three elements; only the buttons have a role and a name.
    private static let manyNodes = """
        data:text/html,<body><script>for (let i = 0; i < 1500; i += 1) document.write(\
        '<div class=row><span>Item ' + i + '</span><button>Open ' + i + '</button></div>')</script>
        """

    let stage: Stage

    func measure(_ figure: String) async throws -> JSONObject {
        let url = stage.options.url
        let isFloor = stage.options.isFloor
        return try await stage.withPage { page in
            try await page.goto(figure == "role" ? Self.manyNodes : url, waitUntil: .load, deadline: .seconds(30))
            let action = isFloor ? raw(figure, RawPage(page: page)) : action(figure, page)
            return JSONObject(milliseconds: try await stage.times(action))
        }
    }

    private func action(_ figure: String, _ page: PageSession) -> @Sendable () async throws -> Void {
        let url = stage.options.url
        switch figure {
        case "click": return { try await page.click(Selector("h1"), until: .now + .seconds(30)) }
        case "fill": return { try await page.fill(Selector("#name"), "Anna Muster", until: .now + .seconds(30)) }
        case "read": return { _ = try await page.extract(Selector("label[for=name]"), until: .now + .seconds(30)) }
        case "role":
            return {
                var count = Extraction()
                count.kind = .count
                let button = try Selector("role=button[name=\"Open 1444\"]")
                let found = try await page.extract(button, count, until: .now + .seconds(30)).value
                precondition(found == 1, "The page has one such button, not \(found)")
            }
        case "goto-click":
            return {
                try await page.goto(url, waitUntil: .load, deadline: .seconds(30))
                try await page.click(Selector("h1"), until: .now + .seconds(30))
            }
        default: preconditionFailure("There is no figure '\(figure)'")
        }
    }

    private func raw(_ figure: String, _ page: RawPage) -> @Sendable () async throws -> Void {
        let url = stage.options.url
        switch figure {
        case "click": return { try await page.click("h1") }
        case "fill": return { try await page.fill("#name", "Anna Muster") }
        case "read": return { _ = try await page.evaluate("document.querySelector('label[for=name]').innerText") }
        case "role":
            return {
                let found = try await page.evaluate(
                    "[...document.querySelectorAll('button')].filter((b) => b.textContent === 'Open 1444').length"
                )
                precondition(found == 1, "The page has one such button, not \(found)")
            }
        case "goto-click":
            return {
                try await page.goto(url)
                try await page.click("h1")
            }
        default: preconditionFailure("There is no figure '\(figure)'")
        }
    }
}
