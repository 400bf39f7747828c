import CDPProtocol
import JSON

/// What the in-page agent answered.
struct AgentAnswer {
    /// The members of its result.
    var result: JSONObject
    /// What was tried, folded.
    var log: [String]
    /// The document that answered; nil when nobody asked.
    var context: ExecutionContextID?
    /// Where it comes from.
    var path = FramePath()
    /// The call that waits in the page for what the host does next.
    var confirmation: PageSession.AgentCall?
    /// What watches around the frames on the way, until the gesture is over.
    var passages: [FramePassage] = []

    /// Reads an answer.
    ///
    /// - Throws: `BrowserError` with the agent's reason, message and log.
    init(_ reply: JSONValue) throws(BrowserError) {
        if let error = reply["error"] {
            var failure = BrowserError(
                error["reason"]?.string.flatMap(BrowserError.Code.init(rawValue:)) ?? .protocolError,
                error["message"]?.string ?? "The in-page agent failed without a message",
                callLog: Self.lines(reply["log"])
            )
            failure.framesElsewhere = (error["elsewhere"]?.array ?? []).compactMap(FrameElsewhere.init)
            throw failure
        }
        guard let result = reply["ok"]?.object else {
            throw BrowserError(.protocolError, "The in-page agent gave no result")
        }
        self.result = result
        log = Self.lines(result["log"])
    }

    private static func lines(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }

    /// Whose agent gave it; nil for the main frame's.
    var frame: PageDomain.FrameID? { path.frame }
    /// What was touched, for people.
    var touched: String { result["touched"]?.string ?? "page" }
    /// Whether nothing is left to do.
    var isDone: Bool { result["done"]?.bool ?? false }
    /// A report of it.
    var report: ActionReport { ActionReport(touched: touched, callLog: log, value: result["value"] ?? .null) }
}

/// A frame of another site that an agent sees and cannot look into.
struct FrameElsewhere: Sendable, Hashable {
    /// What the agent calls it.
    var number: Int
    /// Its element, for people.
    var preview: String
    /// The parts of a selector that lead into it.
    var path: String

    init?(_ value: JSONValue) {
        guard let number = value["frame"]?.int, let path = value["path"]?.string else { return nil }
        self.number = number
        self.path = path
        preview = value["preview"]?.string ?? ""
    }
}
