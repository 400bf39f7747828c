package import JSON

/// Something that happened while nobody asked for it: told to programs that drive a session, not to jobs.
package struct ExecutorEvent: Sendable, Hashable {
    /// docs/sessions.md says what each carries.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case popup, dialog, download, console, crash, navigated
        case pageError = "page_error"
        case pageClosed = "page_closed"
    }

    package var kind: Kind
    /// The name of the page it happened on; nil when it has none, or it concerns all of them.
    package var page: String?
    /// What there is to know beside that; not redacted yet.
    package var detail: JSONObject

    /// An event.
    package init(_ kind: Kind, page: String? = nil, detail: JSONObject = [:]) {
        self.kind = kind
        self.page = page
        self.detail = detail
    }
}

/// Who wants to hear of events, and of which.
package struct ExecutorEvents: Sendable {
    /// The rest costs nothing.
    package var kinds: Set<ExecutorEvent.Kind>
    /// Called in order, on the executor's own thread; must not block.
    package var take: @Sendable (ExecutorEvent) -> Void

    /// A listener.
    package init(_ kinds: Set<ExecutorEvent.Kind>, take: @escaping @Sendable (ExecutorEvent) -> Void) {
        self.kinds = kinds
        self.take = take
    }
}
