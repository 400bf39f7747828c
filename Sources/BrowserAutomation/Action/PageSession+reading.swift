package import JSON

/// What to read from a page.
package struct Extraction: Sendable, Hashable {
    /// The kind of thing.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case text, value, attribute, html, count, table
    }

    package var kind = Kind.text
    /// Name of the attribute.
    package var attribute: String?
    /// Whether all matches are read, into an array.
    package var isAll = false
    /// Of a table: name to give → header text, or CSS below the row with `@attribute`.
    package var columns: JSONObject?
    /// A regular expression; its first group (or the match) is the result.
    package var pattern: String?

    package init() {}

    var json: JSONObject {
        var object: JSONObject = ["what": .string(kind.rawValue), "all": .bool(isAll)]
        object["attribute"] = attribute.map(JSONValue.string)
        object["pattern"] = pattern.map(JSONValue.string)
        object["columns"] = columns.map(JSONValue.object)
        return object
    }
}

/// Conditions of `wait_for` and `expect`; all that are given must hold at one moment.
package struct PageCondition: Sendable {
    package var selector: Selector?
    /// `visible`, `hidden`, `attached`, `detached`, `enabled`, `disabled`, `editable`, `checked`, `unchecked`, `focused`,
    /// `empty`, `stable`.
    package var state: String?
    package var text: TextMatch?
    package var value: TextMatch?
    /// Compared instead of the text.
    package var attribute: String?
    package var count: Int?
    package var url: TextMatch?
    package var title: TextMatch?
    package var loadState: WaitUntil?
    /// Whether they must not hold (`expect` only).
    package var isNegated = false

    package init() {}

    var json: JSONObject {
        var object: JSONObject = ["not": .bool(isNegated)]
        object["selector"] = selector?.json
        object["state"] = state.map(JSONValue.string)
        object["text"] = text?.json
        object["value"] = value?.json
        object["attribute"] = attribute.map(JSONValue.string)
        object["count"] = count.map { JSONValue($0) }
        object["url"] = url?.json
        object["title"] = title?.json
        return object
    }
}

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
