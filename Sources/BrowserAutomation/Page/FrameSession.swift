import CDP
import CDPProtocol

/// The session of a frame that has a process of its own; what it hears belongs to its page.
///
/// Lives on the loop of its page, as long as the frame stays in that process.
final class FrameSession: CDPEventHandler {
    let session: CDPSession
    /// Its frame; others inside it may share the process.
    let frame: PageDomain.FrameID
    let owner: FrameOwner
    /// The session it was announced by.
    let parent: FrameOwner
    private weak let page: PageSession?

    init(
        _ session: CDPSession,
        id: TargetDomain.SessionID,
        frame: PageDomain.FrameID,
        parent: FrameOwner,
        page: PageSession
    ) {
        self.session = session
        self.frame = frame
        owner = .session(id)
        self.parent = parent
        self.page = page
    }

    var subscriptions: Set<String> { PageState.subscriptions }

    func didReceive(_ event: CDPEventMessage) {
        page?.assumeIsolated { $0.receive(event, from: owner) }
    }

    func sessionDidEnd(_ error: CDPError) {
        page?.assumeIsolated { $0.frameSessionEnded(self) }
    }
}
