import CDPProtocol
import JSON

/// What the in-page agent answered.
struct AgentAnswer {
    /// The members of its result.
    let result: JSONObject
    /// What was tried, folded.
    let log: [String]

    /// Reads an answer.
    ///
    /// - Throws: `BrowserError` with the agent's reason, message and log.
    init(_ reply: JSONValue) throws(BrowserError) {
        if let error = reply["error"] {
            throw BrowserError(
                error["reason"]?.string.flatMap(BrowserError.Code.init(rawValue:)) ?? .protocolError,
                error["message"]?.string ?? "The in-page agent failed without a message",
                callLog: Self.lines(reply["log"])
            )
        }
        guard let result = reply["ok"]?.object else {
            throw BrowserError(.protocolError, "The in-page agent gave no result")
        }
        self.result = result
        log = Self.lines(result["log"])
    }

    private static func lines(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }

    /// What was touched, for people.
    var touched: String { result["touched"]?.string ?? "page" }
    /// Whether nothing is left to do.
    var isDone: Bool { result["done"]?.bool ?? false }
    /// A report of it.
    var report: ActionReport { ActionReport(touched: touched, callLog: log, value: result["value"] ?? .null) }
}

extension PageSession {
    /// Asks the agent; when the document is replaced meanwhile, asks again in the new one.
    ///
    /// Only for functions that change nothing, or change something in the moment they answer.
    func ask(
        _ function: String,
        _ arguments: JSONObject,
        until deadline: ContinuousClock.Instant
    ) async throws -> AgentAnswer {
        while true {
            try await untilNoNavigation(deadline)
            let left = deadline - .now
            var arguments = arguments
            arguments["timeout"] = JSONValue(max(0, left.wholeMilliseconds))
            do {
                return try AgentAnswer(try await callAgent(function, .object(arguments), deadline: max(left, .zero)))
            } catch let error as BrowserError where error.code == .documentReplaced {
                continue
            } catch let error as BrowserError where error.code == .timeout && error.callLog.isEmpty {
                throw BrowserError(
                    .timeout,
                    "The page at \(url) did not answer in time: its scripts keep it busy (\(error.message))"
                )
            }
        }
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
            let confirmation = Confirmation(function: "settle", argument: [:])
            _ = try await perform(inputs, confirmedBy: confirmation, deadline: deadline - .now)
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
