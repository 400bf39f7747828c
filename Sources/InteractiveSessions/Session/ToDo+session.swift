import Executors
import JSON
import JobModel

extension ToDo {
    /// What the task must not be overtaken in: its page, and the pages it gives a name.
    var lanes: Set<String> {
        guard let page else { return ["\u{0}files"] }
        let named = ["popup_as", "as"].compactMap { fields[$0]?.string }
        return Set(named + [page])
    }

    /// The task as the audit shows it: what it is done to, templates as they were written, never what is entered.
    func auditDetail(request: RequestID) -> JSONObject {
        var detail: JSONObject = ["request": request.json, "action": .string(action.rawValue)]
        detail["page"] = page.map(JSONValue.string)
        let target =
            selector
            ?? ["url", "path", "name", "key", "popup_as", "as"].lazy.compactMap { self.fields[$0]?.string }.first
        detail["target"] = target.map { .string(String($0.prefix(500))) }
        return detail
    }
}

extension SessionOptions {
    /// What the audit shows: the client's label and what pages are told, headers by name only.
    var auditDetail: JSONObject {
        var detail: JSONObject = [:]
        detail["label"] = label.map(JSONValue.string)
        var browser = self.browser
        if let headers = browser["headers"]?.object { browser["headers"] = .array(headers.keys.map(JSONValue.string)) }
        if !browser.isEmpty { detail["browser"] = .object(browser) }
        return detail
    }
}

extension StepFailure {
    /// Whether nothing more can be done in the context.
    var losesContext: Bool { reason == .browserCrashed || reason == .pageSessionLost }
}
