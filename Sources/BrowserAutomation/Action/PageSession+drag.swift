import CDP
import CDPProtocol
import JSON

extension PageSession {
    /// Drags an element onto another: by the mouse, and where the page uses HTML drag and drop, with its data.
    ///
    /// Chromium's own drag would wait for a desktop; so it is intercepted and its events are dispatched
    /// (Input.setInterceptDrags).
    @discardableResult
    package func drag(
        _ source: Selector,
        to target: Selector,
        _ options: DragOptions = .init(),
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        var missed: [String] = []
        while true {
            let from: AgentAnswer
            do {
                from = try await ask("prepare", options.source.arguments(source, kind: "drag"), until: deadline)
            } catch let error as BrowserError {
                throw error.prepending(missed)
            }
            guard let start = from.place, !from.isDone else { return from.report }
            guard deadline > .now else {
                throw BrowserError(
                    .timeout,
                    "\(from.touched) was ready only when the time was over: nothing was dragged"
                )
            }
            state.forgetDrag()
            try await call(InputDomain.SetInterceptDrags(enabled: true), deadline: deadline - .now)
            defer { session.post(InputDomain.SetInterceptDrags(enabled: false)) }
            do {
                if let blocker = try await take(from, at: start, until: deadline) {
                    missed.append("\(blocker) came in between: nothing was dragged, trying again")
                    // The guard that swallows the release, and the click it makes, must not be lifted before both have come.
                    try await call(
                        InputDomain.DispatchMouseEvent.moved(to: start, released: true),
                        deadline: max(deadline - .now, .seconds(1))
                    )
                    continue
                }
                if options.source.delay > .zero {
                    try await Task.sleep(for: min(options.source.delay, max(.zero, deadline - .now)))
                }
                let goal = try await place(of: target, options, until: deadline)
                try await carry(from: start, to: goal.place ?? start, in: from.frame, options, until: deadline)
                return ActionReport(
                    touched: "\(from.touched) to \(goal.touched)",
                    callLog: missed + from.log + goal.log
                )
            } catch {
                session.post(InputDomain.DispatchMouseEvent.moved(to: start, released: true))
                throw error
            }
        }
    }

    /// Presses the button; returns who got the press instead.
    private func take(
        _ prepared: AgentAnswer,
        at start: PointerOptions.Point,
        until deadline: ContinuousClock.Instant
    ) async throws -> String? {
        var confirmation: JSONObject = ["token": prepared.result["token"] ?? .null, "kind": "drag"]
        let reply = try await perform(
            Array(MouseGesture(x: start.x, y: start.y).events.dropLast()),
            confirmedBy: Confirmation(function: "finish", argument: .object(confirmation), frame: prepared.frame),
            deadline: deadline - .now
        )
        var answer = try reply.map { try AgentAnswer($0) }
        let isSilent = answer?.result["silent"]?.bool == true
        if isSilent {
            confirmation["isLast"] = true
            answer = try await ask("finish", confirmation, in: prepared.frame, until: deadline)
        }
        let other = try await intercepted(prepared, isSilent: isSilent, until: deadline)
        return other ?? answer?.result["missed"]?.string
    }

    private func place(
        of target: Selector,
        _ options: DragOptions,
        until deadline: ContinuousClock.Instant
    ) async throws -> AgentAnswer {
        var onto = PointerOptions()
        onto.position = options.targetPosition
        // What is dragged may lie over the target by now.
        onto.isForced = true
        var arguments = onto.arguments(target, kind: "drop")
        arguments["isHolding"] = true
        return try await ask("prepare", arguments, until: deadline)
    }

    private func carry(
        from start: PointerOptions.Point,
        to end: PointerOptions.Point,
        in frame: PageDomain.FrameID?,
        _ options: DragOptions,
        until deadline: ContinuousClock.Instant
    ) async throws {
        let steps = max(2, options.steps)
        let way = (1...steps).map { step in
            let part = Double(step) / Double(steps)
            return PointerOptions.Point(x: start.x + (end.x - start.x) * part, y: start.y + (end.y - start.y) * part)
        }
        // Moves are handled with the next frame; only their replies say that the page has seen them.
        let first = way.prefix(2).map { InputDomain.DispatchMouseEvent.moved(to: $0) }
        _ = try await perform(first, confirmedBy: nil, deadline: deadline - .now)
        guard try await ask("dragBegan", [:], in: frame, until: deadline).result["began"]?.bool == true else {
            return try await slide(Array(way.dropFirst(2)), to: end, options, until: deadline)
        }
        let data = try await wait(until: deadline, for: "the drag to begin") { page in
            page.state.dragged.map { .success($0) }
        }
        var events = [InputDomain.DispatchDragEvent(type: .dragEnter, x: way[1].x, y: way[1].y, data: data)]
        events += (way.dropFirst(2) + [end]).map { .init(type: .dragOver, x: $0.x, y: $0.y, data: data) }
        events.append(.init(type: options.isCancelled ? .dragCancel : .drop, x: end.x, y: end.y, data: data))
        try await enter(events, until: deadline)
    }

    /// Moves the mouse, a frame at a time as a hand would, so that lists make room; then lets go.
    private func slide(
        _ way: [PointerOptions.Point],
        to end: PointerOptions.Point,
        _ options: DragOptions,
        until deadline: ContinuousClock.Instant
    ) async throws {
        for place in way + [end] {
            let move = InputDomain.DispatchMouseEvent.moved(to: place)
            _ = try await perform([move], confirmedBy: nil, deadline: deadline - .now)
        }
        let escape: [any CDPCommand] = options.isCancelled ? try KeyChord(parsing: "Escape").commands : []
        let release = InputDomain.DispatchMouseEvent.moved(to: end, released: true)
        try await enter(escape + [release], until: deadline)
    }
}

extension InputDomain.DispatchMouseEvent {
    /// The mouse with its left button down, or letting go of it.
    fileprivate static func moved(to place: PointerOptions.Point, released: Bool = false) -> Self {
        Self(
            type: released ? .mouseReleased : .mouseMoved,
            x: place.x,
            y: place.y,
            button: .left,
            buttons: released ? 0 : 1,
            clickCount: released ? 1 : nil
        )
    }
}
