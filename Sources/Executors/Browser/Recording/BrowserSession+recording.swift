import BrowserAutomation
import JobModel

/// Keeping what the pages of a job look like while it runs, for `recording.html`.
extension BrowserSession {
    /// Begins to record every page of the context, popups too; called once, before the first task.
    func startRecording(_ mode: TraceMode) async {
        recording = RecordingState(mode: mode)
        let recorder = Recorder(
            // Both are called on the browser's loop, which is this session's.
            secrets: { [weak self] in self?.assumeIsolated { $0.secrets } ?? [] },
            take: { [weak self] frame in self?.assumeIsolated { $0.recording?.log.add(frame) } }
        )
        await context.setObserver(
            ContextObserver { event in
                guard case .opened = event.kind else { return }
                event.page?.assumeIsolated { $0.startRecording(recorder) }
            }
        )
        for page in await context.pages { await page.startRecording(recorder) }
    }

    /// `recording.html`, when the mode and the end of the job ask for it.
    func keepRecording(hasFailed: Bool) async -> Artifact? {
        guard let recording, recording.mode == .on || hasFailed, !recording.log.frames.isEmpty else { return nil }
        let document = RecordingDocument(
            job: job.job.rawValue,
            start: recording.start,
            log: recording.log,
            redact: job.redact
        )
        let html = await document.html()
        return try? await job.workspace.store(html, name: "recording.html", contentType: "text/html; charset=utf-8")
    }
}
