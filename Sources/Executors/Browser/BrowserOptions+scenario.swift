import BrowserAutomation
import JSON
import JobModel

extension PageOptions {
    /// Reads the scenario's `browser` member.
    ///
    /// - Throws: `StepFailure` with `invalid_scenario` that names the member.
    init(scenario object: JSONObject) throws(StepFailure) {
        self.init()
        for (name, value) in object {
            switch name {
            case "viewport":
                guard let width = value["width"]?.int, let height = value["height"]?.int,
                    (1...10_000).contains(width), (1...10_000).contains(height)
                else { throw Self.invalid("viewport", "{width, height} in pixels") }
                viewport = Viewport(width: width, height: height, scale: value["scale"]?.double ?? 1)
            case "locale": locale = try Self.text(value, name)
            case "timezone": timezone = try Self.text(value, name)
            case "user_agent": userAgent = try Self.text(value, name)
            case "color_scheme":
                guard let scheme = value.string.flatMap(ColorScheme.init(rawValue:)) else {
                    throw Self.invalid(name, "light, dark or no-preference")
                }
                colorScheme = scheme
            case "headers":
                guard let headers = value.object else { throw Self.invalid(name, "an object of texts") }
                for (header, text) in headers { extraHeaders[header] = try Self.text(text, "headers.\(header)") }
            default: break
            }
        }
    }

    private static func text(_ value: JSONValue, _ name: String) throws(StepFailure) -> String {
        guard let text = value.string else { throw invalid(name, "text") }
        return text
    }

    private static func invalid(_ name: String, _ wanted: String) -> StepFailure {
        StepFailure(
            reason: .invalidScenario,
            message: "browser.\(name) of the scenario must be \(wanted).",
            isRetryable: false
        )
    }
}

extension DialogPolicy {
    /// Reads the scenario's `on_dialog`: `accept`, `dismiss`, `fail`, or `{accept, text}`; dismissed unless set.
    init(scenario value: JSONValue?) throws(StepFailure) {
        switch value {
        case nil, .null, .string("dismiss"): self = .dismiss
        case .string("accept"): self = .accept
        case .string("fail"): self = .fail
        case .object(let object):
            if object["accept"]?.bool == false {
                self = .dismiss
            } else {
                self = object["text"]?.string.map(DialogPolicy.answer) ?? .accept
            }
        default:
            throw StepFailure(
                reason: .invalidScenario,
                message: "on_dialog of the scenario must be accept, dismiss, fail, or {accept, text}.",
                isRetryable: false
            )
        }
    }
}
