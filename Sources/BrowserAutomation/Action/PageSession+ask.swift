import CDPProtocol
import JSON

extension PageSession {
    /// Asks the agent; when the document is replaced meanwhile, asks again in the new one.
    ///
    /// Only for functions that change nothing, or change something in the moment they answer. Those that prepare an action
    /// meet the overlays that are registered; they are closed and the agent is asked again.
    func ask(
        _ function: String,
        _ arguments: JSONObject,
        until deadline: ContinuousClock.Instant
    ) async throws -> AgentAnswer {
        var closed: [String] = []
        var stubborn: Set<Int> = []
        while true {
            try await untilNoNavigation(deadline)
            let left = deadline - .now
            var arguments = arguments
            if Self.meetsOverlays(function, arguments) {
                arguments["overlays"] = overlayWatch.arguments(except: stubborn)
            }
            arguments["timeout"] = JSONValue(max(0, left.wholeMilliseconds))
            do {
                try reportDialog()
                let limit = max(left, .zero) + Self.agentGrace
                let context = try await agentContext(until: .now + limit)
                let call = startAgentCall(function, .object(arguments), in: context, deadline: limit)
                var answer = try AgentAnswer(try await finishAgentCall(call))
                if let index = answer.result["overlay"]?.int {
                    let words = answer.result["words"]?.string ?? ""
                    let end = try await closeOverlay(index, words, until: deadline)
                    if !end.isGone { stubborn.insert(index) }
                    closed.append(end.line)
                    continue
                }
                answer.context = context
                answer.log = closed + answer.log
                return answer
            } catch let error as BrowserError where error.code == .documentReplaced {
                continue
            } catch let error as BrowserError where error.code == .timeout && error.callLog.isEmpty {
                throw BrowserError(
                    .timeout,
                    "The page at \(url) did not answer in time: its scripts keep it busy (\(error.message))",
                    callLog: closed
                )
            } catch let error as BrowserError where !closed.isEmpty {
                throw error.prepending(closed)
            }
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
    func enter(_ inputs: [any CDPCommand], until deadline: ContinuousClock.Instant) async throws {
        do {
            // Input and calls take different ways into the page: only after the replies do both know what it began.
            _ = try await perform(inputs, confirmedBy: nil, deadline: deadline - .now)
            let confirmation = Confirmation(function: "settle", argument: [:])
            _ = try await perform([], confirmedBy: confirmation, deadline: deadline - .now)
        } catch let error as BrowserError where error.code == .pageClosed {
            // Input that closes its page has done its work.
            return
        }
        try await untilNoNavigation(deadline)
    }
}

extension Duration {
    /// Milliseconds, rounded down.
    var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
