import CDP
import CDPProtocol

extension PageSession {
    private static let pausing: Set<String> = [
        FetchDomain.RequestPausedEvent.method, FetchDomain.AuthRequiredEvent.method,
    ]

    /// Everything that listens to a session of this page; before its first request, when it is a new one.
    func attachObservers(to session: CDPSession) {
        observeConsole(of: session)
        observeHistory(of: session)
        session.post(LogDomain.Enable())
        if options.observesNetwork { beginObservingNetwork(of: session) }
        if let enabling = RequestRouter.enabling(options) { beginRouting(of: session, enabling) }
    }

    /// Brings all sessions from the routes of `old` to those of the page's options.
    func route(replacing old: PageOptions) {
        let (before, now) = (RequestRouter.enabling(old), RequestRouter.enabling(options))
        router = RequestRouter(options)
        for session in sessions {
            if let now {
                if before == nil { beginRouting(of: session, now) } else { session.post(now) }
            } else if before != nil {
                session.post(FetchDomain.Disable())
            }
        }
    }

    private func beginRouting(of session: CDPSession, _ enabling: FetchDomain.Enable) {
        observe(session, Self.pausing) { page, event, session in page.answer(event, session) }
        session.post(enabling)
    }

    private func answer(_ message: CDPEventMessage, _ session: CDPSession) {
        if let event = message.as(FetchDomain.RequestPausedEvent.self) {
            let answer = router.answer(event)
            send(answer, for: event.requestID, session)
        } else if let event = message.as(FetchDomain.AuthRequiredEvent.self) {
            session.post(router.answer(event))
        }
    }

    /// Chromium refuses some answers (a header it does not take, an address that is none): then the request fails.
    private func send(_ answer: some CDPCommand, for id: FetchDomain.RequestID, _ session: CDPSession) {
        let call = session.start(answer)
        // Not structured: the answer to the answer is awaited beside the page's own life and ends with its session.
        Task {
            do {
                _ = try await call.reply()
            } catch let error as CDPError where error.code == .refused {
                session.post(FetchDomain.FailRequest(requestID: id, errorReason: .failed))
            } catch {}
        }
    }
}
