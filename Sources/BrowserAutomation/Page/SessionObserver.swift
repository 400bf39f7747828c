import CDP
import CDPProtocol

/// Hands the events of one concern (console, network, …) of one session to its page.
///
/// A concern is observed by itself, so that what is not in use costs nothing: its events are dropped unread.
final class SessionObserver: CDPEventHandler {
    nonisolated let subscriptions: Set<String>
    private let session: CDPSession
    // The connection keeps observers; the page must not outlive its context through them.
    private weak let page: PageSession?
    private let body: @Sendable (isolated PageSession, CDPEventMessage, CDPSession) -> Void

    init(
        _ page: PageSession,
        _ session: CDPSession,
        _ subscriptions: Set<String>,
        _ body: @escaping @Sendable (isolated PageSession, CDPEventMessage, CDPSession) -> Void
    ) {
        self.page = page
        self.session = session
        self.subscriptions = subscriptions
        self.body = body
    }

    nonisolated func didReceive(_ event: CDPEventMessage) {
        page?.assumeIsolated { [body, session] page in
            body(page, event, session)
            page.didChange()
        }
    }

    /// The page hears of it by its own handler.
    nonisolated func sessionDidEnd(_ error: CDPError) {}
}

extension PageSession {
    /// Takes events of a session of this page; on the loop.
    func observe(
        _ session: CDPSession,
        _ subscriptions: Set<String>,
        _ body: @escaping @Sendable (isolated PageSession, CDPEventMessage, CDPSession) -> Void
    ) {
        guard let id = session.id else { return }
        let observer = SessionObserver(self, session, subscriptions, body)
        session.connection.assumeIsolated { $0.observe(id, by: observer) }
    }
}
