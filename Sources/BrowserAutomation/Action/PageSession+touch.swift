import CDPProtocol
import JSON

extension PageSession {
    /// Taps the element with a finger; the page must have a touch screen (`PageOptions.hasTouch`).
    @discardableResult
    package func tap(
        _ selector: Selector,
        _ options: PointerOptions = .init(),
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        guard self.options.hasTouch else {
            throw BrowserError(.invalidInput, "The page has no touch screen; set browser.touch: true, or use click")
        }
        return try await point(at: selector, options, kind: "tap", until: deadline) { page, place, confirmation in
            let finger = InputDomain.TouchPoint(x: place.x, y: place.y)
            let modifiers = options.modifiers.rawValue
            return try await page.perform(
                [
                    InputDomain.DispatchTouchEvent(type: .touchStart, touchPoints: [finger], modifiers: modifiers),
                    InputDomain.DispatchTouchEvent(type: .touchEnd, touchPoints: [], modifiers: modifiers),
                ],
                confirmedBy: confirmation,
                deadline: deadline - .now
            )
        }
    }

    /// Turns the mouse wheel over an element, or over the middle of the page: what is under the pointer scrolls.
    ///
    /// - Parameter distance: CSS pixels; positive is right and down.
    @discardableResult
    package func turnWheel(
        over selector: Selector?,
        by distance: PointerOptions.Point,
        _ options: PointerOptions = .init(),
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let center = PointerOptions.Point(
            x: Double(self.options.viewport.width) / 2,
            y: Double(self.options.viewport.height) / 2
        )
        guard let selector else {
            try await turn(at: center, distance, nil, until: deadline)
            return ActionReport(touched: "page")
        }
        return try await point(at: selector, options, kind: "hover", until: deadline) { page, place, confirmation in
            try await page.turn(at: place, distance, confirmation, until: deadline)
        }
    }

    @discardableResult
    private func turn(
        at place: PointerOptions.Point,
        _ distance: PointerOptions.Point,
        _ confirmation: Confirmation?,
        until deadline: ContinuousClock.Instant
    ) async throws -> JSONValue? {
        let wheel = InputDomain.DispatchMouseEvent(
            type: .mouseWheel,
            x: place.x,
            y: place.y,
            deltaX: distance.x,
            deltaY: distance.y
        )
        let move = InputDomain.DispatchMouseEvent(type: .mouseMoved, x: place.x, y: place.y)
        let answer = try await perform([move, wheel], confirmedBy: confirmation, deadline: deadline - .now)
        // The reply says that the wheel was handled; what it scrolls is seen by the page with its next frame.
        _ = try await ask("frame", [:], until: deadline)
        return answer
    }

    /// Gives an element the focus, or takes it away.
    @discardableResult
    package func setFocus(
        _ isFocused: Bool,
        _ selector: Selector,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let arguments: JSONObject = ["selector": selector.json, "focused": .bool(isFocused)]
        let report = try await ask("setFocus", arguments, until: deadline).report
        try await enter([], until: deadline)
        return report
    }
}
