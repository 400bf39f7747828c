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
        _ options: PointerOptions = .init(),
        targetPosition: PointerOptions.Point? = nil,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        var arguments = options.arguments(source, kind: "drag")
        arguments["unguarded"] = true
        let from = try await ask("prepare", arguments, until: deadline)
        guard let start = from.place else { return from.report }
        state.forgetDrag()
        try await call(InputDomain.SetInterceptDrags(enabled: true), deadline: deadline - .now)
        defer { session.post(InputDomain.SetInterceptDrags(enabled: false)) }
        do {
            _ = try await perform(
                Array(MouseGesture(x: start.x, y: start.y).events.dropLast()),
                confirmedBy: nil,
                deadline: deadline - .now
            )
            var onto = options
            onto.position = targetPosition
            arguments = onto.arguments(target, kind: "drag")
            arguments["unguarded"] = true
            // What is dragged may lie over the target by now.
            arguments["force"] = true
            arguments["isHolding"] = true
            let goal = try await ask("prepare", arguments, until: deadline)
            try await move(from: start, to: goal.place ?? start, in: from.frame, until: deadline)
            return ActionReport(touched: "\(from.touched) to \(goal.touched)", callLog: from.log + goal.log)
        } catch {
            session.post(InputDomain.DispatchMouseEvent.moved(to: start, released: true))
            throw error
        }
    }

    private func move(
        from start: PointerOptions.Point,
        to end: PointerOptions.Point,
        in frame: PageDomain.FrameID?,
        until deadline: ContinuousClock.Instant
    ) async throws {
        // Pages recognise a drag by the way, not by the jump.
        let way = (1...5).map { step in
            let part = Double(step) / 5
            return PointerOptions.Point(x: start.x + (end.x - start.x) * part, y: start.y + (end.y - start.y) * part)
        }
        // Moves are handled with the next frame; only their replies say that the page has seen them.
        _ = try await perform(
            way.prefix(2).map { InputDomain.DispatchMouseEvent.moved(to: $0) },
            confirmedBy: nil,
            deadline: deadline - .now
        )
        guard try await ask("dragBegan", [:], in: frame, until: deadline).result["began"]?.bool == true else {
            let rest = way.dropFirst(2).map { InputDomain.DispatchMouseEvent.moved(to: $0) }
            return try await enter(rest + [.moved(to: end, released: true)], until: deadline)
        }
        let data = try await wait(until: deadline, for: "the drag to begin") { page in
            page.state.dragged.map { .success($0) }
        }
        let kinds: [InputDomain.DispatchDragEvent.Kind] = [.dragEnter, .dragOver, .drop]
        try await enter(
            kinds.map { InputDomain.DispatchDragEvent(type: $0, x: end.x, y: end.y, data: data) },
            until: deadline
        )
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
