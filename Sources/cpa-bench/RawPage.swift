import BrowserAutomation
import CDP
import CDPProtocol
import JSON

/// The floor: what the protocol alone costs, through the same connection, with nothing resolved, waited for or checked.
struct RawPage: Sendable {
    let page: PageSession

    func goto(_ url: String) async throws {
        try await page.goto(url, waitUntil: .load, deadline: .seconds(30))
    }

    func evaluate(_ expression: String) async throws -> JSONValue {
        try await page.call(
            RuntimeDomain.Evaluate(expression: expression, returnByValue: true, awaitPromise: true)
        ).result.value ?? .null
    }

    /// The middle of an element: one wave.
    func place(of css: String) async throws -> PointerOptions.Point {
        let box = try await evaluate(
            "(() => { const b = document.querySelector('\(css)').getBoundingClientRect(); "
                + "return [b.x + b.width / 2, b.y + b.height / 2] })()"
        )
        return PointerOptions.Point(x: box[0]?.double ?? 0, y: box[1]?.double ?? 0)
    }

    /// Mouse moved, pressed, released: one wave.
    func click(at place: PointerOptions.Point) async throws {
        let gesture = PageSession.MouseGesture(x: place.x, y: place.y)
        _ = try await page.perform(gesture.events, confirmedBy: nil, deadline: .seconds(30))
    }

    func click(_ css: String) async throws {
        try await click(at: place(of: css))
    }

    /// Focus, then text: two waves, because they take different ways into the page.
    func fill(_ css: String, _ text: String) async throws {
        _ = try await evaluate("document.querySelector('\(css)').select()")
        try await page.call(InputDomain.InsertText(text: text))
    }
}
