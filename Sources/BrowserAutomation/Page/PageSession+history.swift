import CDP
import CDPProtocol

extension PageSession {
    /// Frames remembered after they are gone, of a page.
    private static let frameLimit = 500

    /// Remembers which frames the page had and whose documents they showed: a download may come from a frame that is gone, and
    /// what an origin keeps outlives its documents.
    func observeHistory(of session: CDPSession) {
        let events: Set<String> = [PageDomain.FrameAttachedEvent.method, PageDomain.FrameNavigatedEvent.method]
        observe(session, events) { page, message, _ in
            if let event = message.as(PageDomain.FrameAttachedEvent.self) {
                page.remember(event.frameID)
            } else if let event = message.as(PageDomain.FrameNavigatedEvent.self) {
                page.remember(event.frame.id)
                if !page.isInternal, let origin = Self.origin(of: event.frame.url) { page.onVisit?(origin) }
            }
        }
    }

    private func remember(_ frame: PageDomain.FrameID) {
        guard !framesEver.contains(frame) else { return }
        framesEver.append(frame)
        if framesEver.count > Self.frameLimit { framesEver.removeFirst() }
    }
}
