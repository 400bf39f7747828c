import CDP
import CDPProtocol
import JSON

// A question on its way into frames of other sites, and its answer on the way back.

extension PageSession {
    /// Whether asking again can help; throws when it cannot, with what people need to know.
    func recover(
        from error: BrowserError,
        _ route: inout AgentRoute,
        until deadline: ContinuousClock.Instant
    ) async throws {
        switch error.code {
        case .documentReplaced:
            let isLost = route.isLost
            route.restart()
            guard isLost || route.hasEntered else { return }
            guard deadline > .now else { throw route.lost(error) }
            // The frame may have gone with its element, which nobody has told yet.
            try await Task.sleep(for: .milliseconds(20))
        case .coveredBy where route.mayTryAgain(until: deadline),
            .outsideViewport where route.mayTryAgain(until: deadline):
            route.reveal(error)
            route.restart()
            try await Task.sleep(for: .milliseconds(30))
        case .timeout where error.callLog.isEmpty:
            isUnresponsive = true
            throw BrowserError(
                .timeout,
                "The page at \(url) did not answer in time: its scripts keep it busy (\(error.message))",
                callLog: route.log
            )
        case .notFound where route.wasDeeper: throw route.lost(error)
        case .notFound where !error.framesElsewhere.isEmpty:
            throw await nearMiss(error, route)
        default: throw error.prepending(route.log)
        }
    }

    /// Goes on inside the frame an agent stopped at.
    func follow(
        _ entrance: JSONValue,
        _ route: inout AgentRoute,
        until deadline: ContinuousClock.Instant
    ) async throws {
        guard let number = entrance["frame"]?.int, let next = entrance["next"]?.int else {
            throw BrowserError(.internalError, "The in-page agent named no frame")
        }
        let frame = try await frame(numbered: number, by: route.path.frame, until: deadline)
        route.enter(frame, number: number, next: next)
    }

    /// Which frame the agent of another means by a number.
    func frame(
        numbered number: Int,
        by outer: PageDomain.FrameID?,
        until deadline: ContinuousClock.Instant
    ) async throws -> PageDomain.FrameID {
        let place = try await agentPlace(of: outer, until: deadline)
        if let known = frameNumbers[place.context, number], state.frames.frames[known] != nil { return known }
        let limit = max(deadline - .now, agentGrace)
        let element = try await agentObject("cpaAgent.frameElement(\(number))", in: outer, deadline: limit)
        guard let element else { throw BrowserError(.documentReplaced, "The frame was removed from the page") }
        defer { place.session.post(RuntimeDomain.ReleaseObject(objectID: element)) }
        do {
            let node = try await place.session.start(DOMDomain.DescribeNode(objectID: element), deadline: limit).reply()
            guard let frame = node.node.frameID else {
                throw BrowserError(.documentReplaced, "The frame was removed from the page")
            }
            frameNumbers[place.context, number] = frame
            return frame
        } catch {
            throw failure(error)
        }
    }

    /// Brings the point or box of an answer from its frame's viewport to the page's, outwards frame by frame.
    func leadOut(
        _ answer: inout AgentAnswer,
        _ route: AgentRoute,
        until deadline: ContinuousClock.Instant
    ) async throws {
        guard var place = answer.place else { return }
        // What covers it may go by itself; if not, another place in the view may be free.
        let soon = min(deadline, .now + .milliseconds(200))
        for step in answer.path.steps.reversed() {
            var arguments: JSONObject = [
                "frame": JSONValue(step.number), "x": JSONValue(place.x), "y": JSONValue(place.y),
                "timeout": JSONValue(max(0, (soon - .now).wholeMilliseconds)),
                "guarded": .bool(answer.result["token"] != nil), "kind": route.whole["kind"] ?? .null,
                "force": route.whole["force"] ?? .bool(false),
            ]
            if let width = answer.result["width"], let height = answer.result["height"] {
                arguments["box"] = ["width": width, "height": height]
            }
            let reply = try await callAgent(
                "through",
                .object(arguments),
                in: step.outer,
                deadline: max(deadline - .now, .zero)
            )
            let outside = try AgentAnswer(reply)
            guard let outer = outside.place else { continue }
            place = outer
            for member in ["x", "y", "width", "height"] {
                answer.result[member] = outside.result[member] ?? answer.result[member]
            }
            if let token = outside.result["token"]?.int {
                answer.passages.append(FramePassage(outer: step.outer, token: token))
            }
        }
    }

    /// Who around the frames got a gesture that was meant for an element inside; nil when nobody.
    ///
    /// - Parameter isSilent: whether the element saw nothing of it.
    func intercepted(_ answer: AgentAnswer, isSilent: Bool, until deadline: ContinuousClock.Instant) async throws
        -> String?
    {
        for passage in answer.passages {
            let argument: JSONValue = ["token": JSONValue(passage.token)]
            if isSilent {
                let limit = max(deadline - .now, .zero)
                let reply = try await callAgent("passed", argument, in: passage.outer, deadline: limit)
                if let blocker = try AgentAnswer(reply).result["missed"]?.string { return blocker }
            } else if let place = agentPlace(of: passage.outer) {
                let call = startAgentCall("passed", argument, at: place, deadline: agentGrace)
                drop(call)
            }
        }
        return nil
    }

    /// The failure, with the frame of another site the selector would match in, if there is one.
    private func nearMiss(_ error: BrowserError, _ route: AgentRoute) async -> BrowserError {
        for candidate in error.framesElsewhere {
            let end = ContinuousClock.now + .seconds(1)
            var arguments: JSONObject = ["what": "count", "all": true, "timeout": 0]
            arguments["selector"] = route.selectorInsideFrame
            guard
                let frame = try? await frame(numbered: candidate.number, by: route.path.frame, until: end),
                agentPlace(of: frame) != nil,
                let reply = try? await callAgent("extract", .object(arguments), in: frame, deadline: end - .now),
                let count = try? AgentAnswer(reply).result["value"]?.int, count > 0
            else { continue }
            var found = error.prepending(route.log)
            found.message +=
                " It is inside the frame \(candidate.preview): write \(route.prefix)\(candidate.path) >> before it."
            return found
        }
        return error.prepending(route.log)
    }
}
