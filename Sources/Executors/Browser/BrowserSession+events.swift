import BrowserAutomation
import CDPProtocol
import JSON
import JobModel

extension BrowserSession {
    /// Begins to tell of what happens in the context; called once, before the first task.
    func listen(to events: ExecutorEvents) async {
        await context.setObserver(
            ContextObserver { [weak self] event in
                // The observer is called on the browser's loop, which is this session's.
                self?.assumeIsolated { $0.happened(event, events) }
            }
        )
    }

    private func happened(_ event: ContextEvent, _ events: ExecutorEvents) {
        if case .opened(let opener?, _) = event.kind, let page = event.page { adoptPopup(page, of: opener) }
        let name = event.page.flatMap(name(of:))
        guard let told = Self.event(event.kind, page: name, opener: opener(of: event)),
            events.kinds.contains(told.kind)
        else { return }
        events.take(told)
    }

    private func opener(of event: ContextEvent) -> String? {
        guard case .opened(let opener?, _) = event.kind else { return nil }
        return name(ofTarget: opener)
    }

    /// A popup is known by the name the running task gives it, else by one of its own.
    private func adoptPopup(_ page: PageSession, of opener: TargetDomain.TargetID) {
        if let name = expectedPopups.removeValue(forKey: opener) {
            adopt(page, name: name)
        } else {
            popups += 1
            adopt(page, name: "popup-\(popups)")
        }
    }

    private static func event(_ kind: ContextEvent.Kind, page: String?, opener: String?) -> ExecutorEvent? {
        switch kind {
        case .opened(let target, let url):
            guard target != nil else { return nil }
            var detail: JSONObject = ["url": .string(url)]
            detail["opener"] = opener.map(JSONValue.string)
            return ExecutorEvent(.popup, page: page, detail: detail)
        case .closed:
            // Without a name it was closed by a task, or never spoken of.
            return page.map { ExecutorEvent(.pageClosed, page: $0) }
        case .navigated(let url, let isSameDocument):
            return ExecutorEvent(
                .navigated,
                page: page,
                detail: ["url": .string(url), "same_document": .bool(isSameDocument)]
            )
        case .dialog(let record):
            let detail: JSONObject = [
                "kind": .string(record.kind), "message": .string(record.message), "accepted": .bool(record.wasAccepted),
            ]
            return ExecutorEvent(.dialog, page: page, detail: detail)
        case .console(let level, let text):
            return ExecutorEvent(.console, page: page, detail: ["level": .string(level), "text": .string(text)])
        case .scriptError(let text): return ExecutorEvent(.pageError, page: page, detail: ["message": .string(text)])
        case .crashed:
            return ExecutorEvent(
                .crash,
                page: page,
                detail: ["what": "page", "message": "The page crashed; goto starts it anew"]
            )
        case .lost(let error):
            return ExecutorEvent(.crash, detail: ["what": "browser", "message": .string(error.message)])
        case .downloadBegan(let name, let url):
            let detail: JSONObject = ["state": "began", "name": .string(name), "url": .string(url)]
            return ExecutorEvent(.download, page: page, detail: detail)
        case .downloadEnded(let name, let url, let bytes, let isComplete):
            let detail: JSONObject = [
                "state": isComplete ? "completed" : "failed", "name": .string(name), "url": .string(url),
                "bytes": .init(bytes),
            ]
            return ExecutorEvent(.download, page: page, detail: detail)
        }
    }
}
