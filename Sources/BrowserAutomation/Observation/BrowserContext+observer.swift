import CDPProtocol

extension BrowserContext {
    /// Who hears what happens here from now on; nil for nobody.
    package func setObserver(_ observer: ContextObserver?) {
        self.observer = observer
        for page in pages { page.assumeIsolated { $0.observer = observer } }
    }

    func tell(_ kind: ContextEvent.Kind, of page: PageSession? = nil) {
        observer?.take(ContextEvent(page: page, kind: kind))
    }

    /// Tells of a download's end, once.
    func tellEnd(of id: String, before: DownloadLog.Entry.State?) {
        guard observer != nil, before == .running, let entry = downloads.entries.first(where: { $0.id == id }),
            entry.state != .running
        else { return }
        tell(
            .downloadEnded(
                name: entry.suggestedName,
                url: entry.url,
                bytes: entry.received,
                isComplete: entry.state == .completed
            )
        )
    }
}
