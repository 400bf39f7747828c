import CDP
package import CDPProtocol
package import JSON

extension PageSession {
    /// A mouse button held down or let go, or the pointer moved, at a point of the viewport in CSS pixels.
    package struct MouseGesture: Sendable {
        package var x: Double
        package var y: Double
        package var button: InputDomain.MouseButton
        /// 2 for a double click: each press and release is sent with its own count.
        package var clicks: Int
        /// Bit field of `Input.dispatchMouseEvent`: Alt 1, Control 2, Meta 4, Shift 8.
        package var modifiers: Int

        package init(
            x: Double,
            y: Double,
            button: InputDomain.MouseButton = .left,
            clicks: Int = 1,
            modifiers: Int = 0
        ) {
            self.x = x
            self.y = y
            self.button = button
            self.clicks = clicks
            self.modifiers = modifiers
        }

        /// Move, then each press and release.
        package var events: [InputDomain.DispatchMouseEvent] {
            var events = [
                InputDomain.DispatchMouseEvent(type: .mouseMoved, x: x, y: y, modifiers: modifiers)
            ]
            for click in 1..<(clicks + 1) {
                events.append(event(.mousePressed, click, held: true))
                events.append(event(.mouseReleased, click, held: false))
            }
            return events
        }

        private func event(
            _ kind: InputDomain.DispatchMouseEvent.Kind,
            _ click: Int,
            held: Bool
        ) -> InputDomain.DispatchMouseEvent {
            InputDomain.DispatchMouseEvent(
                type: kind,
                x: x,
                y: y,
                modifiers: modifiers,
                button: button,
                buttons: held ? button.mask : 0,
                clickCount: click,
                force: held ? 0.5 : nil
            )
        }
    }

    /// What confirms an input: a call of the agent that leaves in the same write as the input.
    package struct Confirmation: Sendable {
        package var function: String
        package var argument: JSONValue
        /// Whose agent confirms; nil for the main frame's.
        package var frame: PageDomain.FrameID?

        package init(function: String, argument: JSONValue, frame: PageDomain.FrameID? = nil) {
            self.function = function
            self.argument = argument
            self.frame = frame
        }
    }

    /// Sends input commands and the agent call that confirms them in one go, then waits for all of them.
    ///
    /// - Returns: what the agent said; nil when the input made the page go to another document, which confirms it too.
    /// - Throws: `BrowserError`; input that was sent may have had its effect.
    package func perform(
        _ inputs: [any CDPCommand],
        confirmedBy confirmation: Confirmation?,
        deadline: Duration
    ) async throws -> JSONValue? {
        try reportDialog()
        let end = ContinuousClock.now.advanced(by: deadline)
        var place: AgentPlace?
        if let confirmation { place = try await agentPlace(of: confirmation.frame, until: end) }
        var replies: [@Sendable () async throws -> Void] = []
        for input in inputs { replies.append(start(input, deadline: end - .now)) }
        var answer: AgentCall?
        if let confirmation, let place {
            answer = startAgentCall(
                confirmation.function,
                confirmation.argument,
                at: place,
                deadline: end - .now + agentGrace
            )
        }
        do {
            for reply in replies { try await reply() }
        } catch {
            if let answer { drop(answer) }
            throw error
        }
        guard let answer else { return nil }
        do {
            return try await finishAgentCall(answer)
        } catch let error as BrowserError where error.code == .documentReplaced {
            return nil
        }
    }

    private func start(_ command: some CDPCommand, deadline: Duration) -> @Sendable () async throws -> Void {
        let call = session.start(command, deadline: deadline)
        return {
            do {
                _ = try await call.reply()
            } catch {
                throw await self.failure(error)
            }
        }
    }
}

extension InputDomain.MouseButton {
    /// Its bit in `buttons`.
    fileprivate var mask: Int {
        switch self {
        case .left: 1
        case .right: 2
        case .middle: 4
        case .back: 8
        case .forward: 16
        default: 0
        }
    }
}
