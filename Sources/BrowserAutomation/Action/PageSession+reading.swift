import JSON

extension PageSession {
    /// Reads; waits until there is something to read.
    package func extract(
        _ selector: Selector,
        _ extraction: Extraction = .init(),
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        var arguments = extraction.json
        arguments["selector"] = selector.json
        return try await ask("extract", arguments, until: deadline).report
    }

    /// Waits until all of it is so, across navigations.
    @discardableResult
    package func waitFor(
        _ condition: PageCondition,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        if let loadState = condition.loadState { try await waitForLoadState(loadState, deadline: deadline - .now) }
        return try await ask("waitFor", condition.json, until: deadline).report
    }

    /// Asserts; waits until it holds.
    ///
    /// - Throws: `BrowserError` with `expectationFailed` that says what was there instead.
    @discardableResult
    package func expect(
        _ condition: PageCondition,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        try await ask("expect", condition.json, until: deadline).report
    }

    /// Where to scroll to.
    package enum ScrollTarget: Sendable, Hashable {
        /// The element into view.
        case intoView
        /// The page, or the element's own content, to an end: `top`, `bottom`.
        case end(String)
        /// By pixels.
        case by(PointerOptions.Point)
    }

    /// Scrolls an element into view, or the page (or the element's content).
    @discardableResult
    package func scroll(
        _ selector: Selector?,
        _ target: ScrollTarget,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        var arguments = JSONObject()
        arguments["selector"] = selector?.json
        switch target {
        case .intoView: break
        case .end(let end): arguments["to"] = .string(end)
        case .by(let distance):
            arguments["x"] = JSONValue(distance.x)
            arguments["y"] = JSONValue(distance.y)
        }
        return try await ask("scroll", arguments, until: deadline).report
    }
}
