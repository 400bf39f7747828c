// Chromium's own `networkIdle` never comes on a page that keeps an event source open; so the requests of the page are
// counted, for who asks for it.

extension WaitUntil {
    /// What the life cycle of the document is asked for; idleness is waited for after it.
    var event: WaitUntil { self == .networkIdle ? .load : self }
}

extension PageSession {
    /// How long nothing may be loaded.
    private static let idleTime = Duration.milliseconds(500)
    /// Requests that stay open on purpose, or that nobody waits for.
    private static let openEnded: Set<String> = ["EventSource", "WebSocket", "Ping"]

    /// Before a navigation: a mark for `untilIdle`; nil when idleness is not asked for.
    func expectIdle(_ waitUntil: WaitUntil) -> Int? {
        guard waitUntil == .networkIdle else { return nil }
        observeNetwork()
        return networkLog.count
    }

    /// Waits until nothing was loaded for half a second; requests before the mark are those of earlier documents.
    func untilIdle(after mark: Int, until deadline: ContinuousClock.Instant) async throws {
        while true {
            try await wait(until: deadline, for: "the network to be idle") { page in
                page.isLoading(after: mark) ? nil : .success(())
            }
            let count = networkLog.count
            guard deadline - .now > Self.idleTime else {
                throw BrowserError(.timeout, "Waited in vain for the network to be idle")
            }
            try await Task.sleep(for: Self.idleTime)
            if networkLog.count == count, !isLoading(after: mark) { return }
        }
    }

    private func isLoading(after mark: Int) -> Bool {
        let requests = networkLog.requests(after: mark)
        return requests.contains { request in
            // The last request of the document before may come after the mark.
            !request.isOver && !Self.openEnded.contains(request.resourceType) && !state.frames.hasLeft(request.loader)
                && !isSettled(request, requests)
        }
    }

    /// Whether it asked for a document, and its frame has that one, or one that was asked for later.
    ///
    /// Chromium does not always tell the end of the request of a document that took the place of one that was under way.
    private func isSettled(_ request: NetworkRequest, _ requests: some Sequence<NetworkRequest>) -> Bool {
        guard request.resourceType == "Document", let frame = request.frame.flatMap({ state.frames.frames[$0] }),
            frame.parent == nil, let current = frame.loader
        else { return false }
        return request.loader == current || requests.contains { $0.loader == current && $0.number > request.number }
    }
}
