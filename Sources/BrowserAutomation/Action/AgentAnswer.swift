import JSON

/// What the in-page agent answered.
struct AgentAnswer {
    /// The members of its result.
    let result: JSONObject
    /// What was tried, folded.
    var log: [String]
    /// The document that answered; nil when nobody asked.
    var context: ExecutionContextID?

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
