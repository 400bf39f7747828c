import CDPProtocol
import JSON

// An action costs two waves: the agent prepares (Resources/agent/pointer.js tells the life of a pointer action), then
// mouse and confirmation leave in one write.

extension PageSession {
    /// Clicks the one element a selector names, as soon as it is visible, enabled, stable and uncovered.
    ///
    /// A navigation it begins is waited for until it commits. Nothing is clicked after the deadline.
    /// - Throws: `BrowserError` with what was in the way, and the call log.
    @discardableResult
    package func click(
        _ selector: Selector,
        _ options: PointerOptions = .init(),
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        try await point(at: selector, options, kind: options.kind, until: deadline) { page, place, confirmation in
            try await page.press(at: place, options, confirmation, until: deadline)
        }
    }

    /// Moves the mouse over the element.
    @discardableResult
    package func hover(
        _ selector: Selector,
        _ options: PointerOptions = .init(),
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        try await point(at: selector, options, kind: "hover", until: deadline) { page, place, confirmation in
            let move = InputDomain.DispatchMouseEvent(
                type: .mouseMoved,
                x: place.x,
                y: place.y,
                modifiers: options.modifiers.rawValue
            )
            return try await page.perform([move], confirmedBy: confirmation, deadline: deadline - .now)
        }
    }

    /// Checks or unchecks a box, a radio button or a switch, and makes sure that it changed.
    ///
    /// A hidden box is worked by its visible label.
    @discardableResult
    package func setChecked(
        _ isChecked: Bool,
        _ selector: Selector,
        _ options: PointerOptions = .init(),
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let checked = JSONValue(isChecked)
        return try await point(at: selector, options, kind: "click", checked: checked, until: deadline) {
            page,
            place,
            confirmation in
            try await page.press(at: place, options, confirmation, until: deadline)
        }
    }

    /// Prepares, acts and confirms until nobody came in between.
    func point(
        at selector: Selector,
        _ options: PointerOptions,
        kind: String,
        checked: JSONValue? = nil,
        until deadline: ContinuousClock.Instant,
        _ act: (isolated PageSession, PointerOptions.Point, Confirmation) async throws -> JSONValue?
    ) async throws -> ActionReport {
        var arguments = options.arguments(selector, kind: kind)
        arguments["checked"] = checked
        var missed: [String] = []
        while true {
            let prepared: AgentAnswer
            do {
                prepared = try await ask("prepare", arguments, until: deadline)
            } catch let error as BrowserError {
                throw error.prepending(missed)
            }
            var report = prepared.report
            report.callLog = missed + report.callLog
            if prepared.isDone { return report }
            // The document may have begun to go since the answer left it, or have gone.
            guard state.pendingURL == nil, agentPlace(of: prepared.frame)?.context == prepared.context,
                let place = prepared.place
            else { continue }
            try Task.checkCancellation()
            guard deadline > .now else {
                throw BrowserError(
                    .timeout,
                    "\(report.touched) was ready only when the time was over: nothing was clicked",
                    callLog: report.callLog
                )
            }
            var confirmation: JSONObject = ["token": prepared.result["token"] ?? .null, "kind": .string(kind)]
            confirmation["checked"] = checked
            var answer: AgentAnswer?
            do {
                let reply = try await act(
                    self,
                    place,
                    Confirmation(function: "finish", argument: .object(confirmation), frame: prepared.frame)
                )
                answer = try reply.map { try AgentAnswer($0) }
                let isSilent = answer?.result["silent"]?.bool == true
                if isSilent {
                    // Chromium has confirmed its input by now.
                    confirmation["isLast"] = true
                    answer = try await ask("finish", confirmation, in: prepared.frame, until: deadline)
                }
                if let blocker = try await intercepted(prepared, isSilent: isSilent, until: deadline) {
                    answer?.result["missed"] = .string(blocker)
                }
            } catch let error as BrowserError where error.code == .pageClosed {
                // A click that closes its page has done its work.
                return report
            }
            if let blocker = answer?.result["missed"]?.string {
                missed.append("\(blocker) came in between: nothing was clicked, trying again")
                continue
            }
            report.changedPage = answer?.result["changed"]?.bool ?? false
            try await untilNoNavigation(deadline)
            return report
        }
    }

    /// Mouse down and up, keys held meanwhile, and the confirmation.
    private func press(
        at place: PointerOptions.Point,
        _ options: PointerOptions,
        _ confirmation: Confirmation,
        until deadline: ContinuousClock.Instant
    ) async throws -> JSONValue? {
        let gesture = MouseGesture(
            x: place.x,
            y: place.y,
            button: InputDomain.MouseButton(rawValue: options.button.rawValue),
            clicks: options.clicks,
            modifiers: options.modifiers.rawValue
        )
        let held = options.modifiers.keys
        var events: [any CDPCommand] = held.map { KeyEvent(.down, $0, modifiers: options.modifiers).command }
        events += gesture.events
        let release: [any CDPCommand] = held.reversed().map { KeyEvent(.up, $0, modifiers: []).command }
        if options.delay > .zero, let up = events.popLast() {
            _ = try await perform(events, confirmedBy: nil, deadline: deadline - .now)
            try await Task.sleep(for: min(options.delay, deadline - .now))
            events = [up]
        }
        events += release
        return try await perform(events, confirmedBy: confirmation, deadline: deadline - .now)
    }
}

extension PointerOptions {
    /// What the agent's `prepare` gets.
    func arguments(_ selector: Selector, kind: String) -> JSONObject {
        var arguments: JSONObject = [
            "selector": selector.json, "kind": .string(kind), "force": .bool(isForced), "trial": .bool(isTrial),
            "stability": .string(stability.rawValue),
        ]
        if watchesAnswer { arguments["watch"] = true }
        if let unless { arguments["unless"] = .object(unless.json) }
        if let position { arguments["position"] = ["x": JSONValue(position.x), "y": JSONValue(position.y)] }
        return arguments
    }
}

extension AgentAnswer {
    /// Where to point, in the viewport of the page.
    var place: PointerOptions.Point? {
        guard let x = result["x"]?.double, let y = result["y"]?.double else { return nil }
        return PointerOptions.Point(x: x, y: y)
    }
}
