import CDPProtocol
import JSON

/// One question on its way from agent to agent: where it is, and which part of its selector is left.
///
/// Pure.
struct AgentRoute {
    /// The question as it began.
    let whole: JSONObject
    private(set) var path: FramePath
    /// What was tried on the way.
    private(set) var log: [String] = []
    private var arguments: JSONObject
    /// Parts of the selector that the way has used up.
    private var used = 0
    private var deepest = 0
    private var reveals = 0

    init(_ arguments: JSONObject, from start: PageDomain.FrameID?) {
        whole = arguments
        self.arguments = arguments
        path = FramePath(from: start)
    }

    /// What the next agent is asked.
    func arguments(timeout: Duration) -> JSONObject {
        var arguments = arguments
        arguments["timeout"] = JSONValue(max(0, timeout.wholeMilliseconds))
        if reveals > 0, !path.steps.isEmpty { arguments["reveal"] = JSONValue(reveals) }
        return arguments
    }

    /// Goes on in a frame, with the parts from `next` on.
    mutating func enter(_ frame: PageDomain.FrameID, number: Int, next: Int) {
        path.enter(frame, number: number)
        deepest = max(deepest, path.steps.count)
        used += next
        var selector = arguments["selector"] ?? .null
        selector["parts"] = .array(Array((selector["parts"]?.array ?? []).dropFirst(next)))
        selector["sources"] = .array(Array((selector["sources"]?.array ?? []).dropFirst(next)))
        selector["prefix"] = .string(prefix)
        arguments["selector"] = selector
    }

    /// The parts used up, as they are written before others.
    var prefix: String {
        let sources = (whole["selector"]?["sources"]?.array ?? []).prefix(used).compactMap(\.string)
        return sources.map { "\($0) >> " }.joined()
    }

    /// From the beginning: the document or a frame on the way was replaced.
    mutating func restart() {
        arguments = whole
        path = FramePath(from: path.start)
        used = 0
    }

    /// Whether it has been in a frame.
    var hasEntered: Bool { deepest > 0 }
    /// Whether it has been further inside than it is now.
    var wasDeeper: Bool { path.steps.count < deepest }
    /// Whether the frame it started in belongs to somebody else.
    var isLost: Bool { path.start != nil }

    /// The frame it was in is gone for good.
    func lost(_ error: BrowserError) -> BrowserError {
        guard hasEntered || isLost else { return error }
        let name = whole["selector"]?["text"]?.string ?? "the element"
        return BrowserError(
            .documentReplaced,
            "The frame of \(name) was detached: it was removed from the page and did not come back. (\(error.message))",
            callLog: log + error.callLog
        )
    }

    func mayTryAgain(until deadline: ContinuousClock.Instant) -> Bool {
        !path.steps.isEmpty && deadline > .now
    }

    /// Something outside covers the element, or it is outside of the view: it is to be scrolled elsewhere.
    mutating func reveal(_ error: BrowserError) {
        reveals += 1
        // Bounded: the first ones explain, the last one is thrown.
        if log.count < 20, error.callLog.last != log.last { log += error.callLog.suffix(1) }
    }

    /// Something that was done on the way.
    mutating func note(_ line: String) { log.append(line) }

    /// The selector as it would be inside another frame.
    var selectorInsideFrame: JSONValue? {
        guard var selector = arguments["selector"], let parts = selector["parts"]?.array else { return nil }
        let start = (parts.lastIndex { $0["frame"] != nil } ?? -1) + 1
        selector["parts"] = .array(Array(parts.dropFirst(start)))
        selector["sources"] = .array(Array((selector["sources"]?.array ?? []).dropFirst(start)))
        return selector
    }
}
