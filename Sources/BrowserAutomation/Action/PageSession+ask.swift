import CDP
import CDPProtocol
import JSON

extension PageSession {
    /// Asks the agent; when the document is replaced meanwhile, asks again in the new one.
    ///
    /// A selector that leads into a frame of another site is followed there, agent by agent; the answer says where it ended.
    /// Only for functions that change nothing, or change something in the moment they answer. Those that prepare an action
    /// meet the overlays that are registered; they are closed and the agent is asked again. One that could not be closed is
    /// left alone for a while, for it may not be in the way, and then tried again.
    /// - Parameters:
    ///   - frame: whose agent is asked first; nil for the main frame's.
    ///   - confirmation: a function that waits in the page for the input to come; called in the same write, so that it is
    ///     there by then. `AgentAnswer.confirmation` has the call, to be finished or dropped.
    func ask(
        _ function: String,
        _ arguments: JSONObject,
        confirmedBy confirmation: String? = nil,
        in frame: PageDomain.FrameID? = nil,
        until deadline: ContinuousClock.Instant
    ) async throws -> AgentAnswer {
        var route = AgentRoute(arguments, from: frame)
        var stubborn: Set<Int> = []
        while true {
            try await untilNoNavigation(deadline)
            let left = deadline - .now
            let again = stubborn.isEmpty ? deadline : min(deadline, .now + Self.stubbornPatience)
            var arguments = route.arguments(timeout: again - .now)
            // Overlays lie over the page, and so over the frames in it.
            if route.path.frame == nil, Self.meetsOverlays(function, arguments) {
                arguments["overlays"] = overlayWatch.arguments(except: stubborn)
            }
            do {
                try reportDialog()
                let limit = max(left, .zero) + agentGrace
                let place = try await agentPlace(of: route.path.frame, until: .now + limit)
                let call = startAgentCall(function, .object(arguments), at: place, deadline: limit)
                var waiting = confirmation.map { startAgentCall($0, [:], at: place, deadline: limit) }
                defer { if let waiting { drop(waiting) } }
                let reply = try await finishAgentCall(call)
                if reply["hidden"]?.bool == true {
                    try await revealClosedRoots(at: place, deadline: limit)
                    continue
                }
                if let entrance = reply["enter"] {
                    try await follow(entrance, &route, until: deadline)
                    continue
                }
                var answer = try AgentAnswer(reply)
                if let index = answer.result["overlay"]?.int {
                    let words = answer.result["words"]?.string ?? ""
                    let end = try await closeOverlay(index, words, until: deadline)
                    if !end.isGone { stubborn.insert(index) }
                    route.note(end.line)
                    continue
                }
                answer.context = place.context
                answer.path = route.path
                answer.log = route.log + answer.log
                answer.confirmation = waiting
                waiting = nil
                if !route.path.steps.isEmpty { try await leadOut(&answer, route, until: deadline) }
                return answer
            } catch let error as BrowserError {
                if again < deadline, again <= .now, Self.comesWithTime(error) {
                    route.note("\(error.callLog.last ?? error.message); looking for overlays again")
                    stubborn = []
                    continue
                }
                try await recover(from: error, &route, until: deadline)
            }
        }
    }

    /// How long an overlay that could not be closed is left alone.
    private static let stubbornPatience = Duration.seconds(2)

    /// Whether an action failed for want of something that an overlay may keep from coming.
    private static func comesWithTime(_ error: BrowserError) -> Bool {
        switch error.code {
        case .notFound, .notVisible, .notEnabled, .notEditable, .unstable, .coveredBy, .outsideViewport: true
        default: false
        }
    }

    /// Documents the main frame has shown so far.
    package var documentCount: Int { state.document.commits }

    /// Whether overlays are looked for first: before what acts, but not while the mouse holds something.
    private static func meetsOverlays(_ function: String, _ arguments: JSONObject) -> Bool {
        guard ["prepare", "prepareFill", "prepareKeys", "selectOptions"].contains(function) else { return false }
        return arguments["isHolding"]?.bool != true
    }

    /// Waits while the main frame is on its way to another document: what is there now is about to go.
    func untilNoNavigation(_ deadline: ContinuousClock.Instant) async throws {
        guard let target = state.pendingURL else { return }
        do {
            try await wait(until: deadline, for: "the page to arrive") { page in
                page.state.pendingURL == nil ? .success(()) : nil
            }
        } catch let error as BrowserError where error.code == .timeout {
            throw BrowserError(
                .timeout,
                "The page is still on its way to \(target): the server has not answered in time"
            )
        }
    }

    /// Sends text or keys; returns when the page has handled them and what they began has come as far as a new document.
    ///
    /// - Parameter frame: which has the focus; nil for the main one.
    func enter(
        _ inputs: [any CDPCommand],
        in frame: PageDomain.FrameID? = nil,
        until deadline: ContinuousClock.Instant
    ) async throws {
        do {
            // Input and calls take different ways into the page: only after the replies do both know what it began.
            _ = try await perform(inputs, confirmedBy: nil, deadline: deadline - .now)
            let confirmation = Confirmation(function: "settle", argument: [:], frame: frame)
            _ = try await perform([], confirmedBy: confirmation, deadline: deadline - .now)
        } catch let error as BrowserError where error.code == .pageClosed {
            // Input that closes its page has done its work.
            return
        } catch let error as BrowserError where error.code == .documentReplaced {
            // So has input that removes its frame.
            return
        }
        try await untilNoNavigation(deadline)
    }
}

extension Duration {
    /// Milliseconds, rounded down.
    var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
