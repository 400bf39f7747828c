import JSON

/// A page that holds still for a picture: its measures in CSS pixels, and what part of it is wanted.
struct StillPage {
    /// All of it.
    let size: Rectangle
    /// What is in view.
    let view: Rectangle
    /// Device pixels in a CSS pixel.
    let ratio: Double
    var report: ActionReport

    /// Reads the agent's answer to `still`.
    init(_ answer: AgentAnswer, report: ActionReport) {
        let number = { (name: String) in answer.result[name]?.double ?? 0 }
        size = Rectangle(x: 0, y: 0, width: number("width"), height: number("height"))
        view = Rectangle(x: number("x"), y: number("y"), width: number("viewWidth"), height: number("viewHeight"))
        ratio = max(number("ratio"), 0.01)
        self.report = report
    }
}

extension ScreenshotOptions {
    /// What the agent's `still` takes.
    var preparation: JSONObject {
        var members: JSONObject = [
            "mask": .array(masks.map(\.json)), "animations": stopsAnimations ? "stop" : "run",
            "caret": hidesCaret ? "hide" : "show", "secrets": .array(secrets.map(JSONValue.string)),
            "fonts": JSONValue(PageSession.fontLimit.wholeMilliseconds),
        ]
        if isForPrint { members["print"] = true }
        members["color"] = maskColor.map(JSONValue.string)
        members["style"] = style.map(JSONValue.string)
        return members
    }

    /// What the agents of frames of other sites are told: masks that lead into a frame are tried in each of them, from
    /// behind each of their frames on. That may cover too much, never too little.
    var innerPreparation: JSONObject {
        var members = preparation
        let inner = masks.map(\.json).flatMap { selector -> [JSONValue] in
            guard case .object(let whole) = selector, let parts = whole["parts"]?.array else { return [] }
            let doors = parts.indices.filter { parts[$0]["frame"] != nil }
            return doors.map { door in
                var rest = whole
                rest["parts"] = .array(Array(parts[(door + 1)...]))
                rest["sources"] = .array(Array((whole["sources"]?.array ?? []).dropFirst(door + 1)))
                return .object(rest)
            }
        }
        members["mask"] = .array(inner)
        members["inner"] = true
        return members
    }
}
