import BrowserAutomation
import Cryptography
import JSON
import JobModel

/// Writing down what a job does to its pages, for `trace.html`.
///
/// A snapshot is taken after every step and is the next one's "before". It goes out with the next step's first command and is
/// not waited for; only a failure waits, because the page may be gone soon, and only as long as the step's time allows.
extension BrowserSession {
    /// Characters of one snapshot.
    private static let snapshotLimit = 1_500_000
    /// Snapshots on their way; a page that does not answer them gets no more.
    private static let pendingLimit = 8

    /// Where a step began.
    struct TraceMark {
        var step: TraceStep
        /// What only reads leaves the page as the last snapshot has it.
        var changesPage: Bool
        /// When the step's own time is over.
        var deadline: ContinuousClock.Instant
        var consoleCount = 0
    }

    func beginTrace(_ step: Step, on name: String) async -> TraceMark {
        let task = step.task
        var mark = TraceMark(
            step: TraceStep(
                id: task.forEach == nil ? "\(task.id)" : "\(task.id)[\(step.key.iteration)]",
                action: task.action.rawValue,
                page: name,
                selector: task.selector,
                began: .now
            ),
            changesPage: tracing.mode == .on
                || ActionSchema.of((try? task.browserAction()) ?? task.action).effect != .read,
            deadline: step.deadline
        )
        // The first requests of a page are those of its first step.
        if tracing.mode == .on, task.action == .goto { _ = try? await page(name) }
        if let page = openPage(name) {
            if tracing.mode == .on { await page.observeNetwork() }
            mark.consoleCount = await page.consoleCount
            mark.step.requests.from = await page.requestCount
            mark.step.before = tracing.lastSnapshots[name]
        }
        return mark
    }

    func endTrace(_ mark: TraceMark, _ result: Result<StepOutcome, any Error>) async {
        var step = mark.step
        step.duration = .now - step.began
        switch result {
        case .success(let outcome):
            (step.touched, step.url, step.callLog) = (outcome.touched, outcome.url, outcome.callLog)
        case .failure(let failure as StepFailure):
            step.failure = (failure.reason, failure.message)
            (step.url, step.callLog) = (failure.url, failure.callLog)
        case .failure: step.failure = (.cancelled, "The step was stopped.")
        }
        if let page = openPage(step.page) {
            tracing.pages[step.page] = page
            step.console = await page.console(after: mark.consoleCount).suffix(TraceStep.consoleLimit)
            step.requests.to = await page.requestCount
            if mark.changesPage || step.failure != nil {
                step.after = await snapshot(of: page, named: step.page, hurry(mark, hasFailed: step.failure != nil))
                step.picture = await picture(of: page, isFailure: step.failure != nil)
            } else {
                step.after = tracing.lastSnapshots[step.page]
            }
        }
        tracing.failurePicture = nil
        tracing.log.add(step)
    }

    /// How long a snapshot may take, and whether its step waits for it: one that was told to end does not, and a failure is
    /// told before whoever runs the step gives its session up.
    private func hurry(_ mark: TraceMark, hasFailed: Bool) -> (limit: Duration, isAwaited: Bool) {
        guard !Task.isCancelled else { return (.seconds(1), false) }
        guard hasFailed else { return (.seconds(5), false) }
        return (max(.zero, min(.seconds(2), mark.deadline + .seconds(3) - .now)), true)
    }

    private func snapshot(
        of page: PageSession,
        named name: String,
        _ hurry: (limit: Duration, isAwaited: Bool)
    ) async -> Int? {
        guard tracing.pending.count < Self.pendingLimit,
            let call = await page.beginSnapshot(limit: Self.snapshotLimit, deadline: hurry.limit)
        else { return nil }
        let (number, earlier) = (tracing.log.nextSnapshot(), tracing.lastSnapshots[name])
        tracing.lastSnapshots[name] = number
        // Not structured: the step is over before the snapshot is there; `finish` waits for it.
        let arriving = Task {
            switch await call.value() {
            case .changed(let snapshot): tracing.log.add(snapshot, as: number)
            case .same: if let earlier { tracing.log.add(sameAs: earlier, as: number) }
            case .none: break
            }
            tracing.pending[number] = nil
        }
        tracing.pending[number] = arriving
        if hurry.isAwaited { await arriving.value }
        return number
    }

    /// Of a failure the one that was taken anyway; of other steps a small one, when they are wanted.
    private func picture(of page: PageSession, isFailure: Bool) async -> String? {
        if isFailure {
            return tracing.failurePicture.map { "data:\($0.contentType);base64,\(Base64.encode($0.bytes))" }
        }
        guard tracing.mode == .on else { return nil }
        var options = ScreenshotOptions(format: .jpeg(quality: 50))
        options.scale = .css
        options.stopsAnimations = false
        options.secrets = secrets
        guard let shot = try? await page.picture(options, until: .now + .seconds(2)).screenshot else { return nil }
        return "data:\(shot.contentType);base64,\(Base64.encode(shot.bytes))"
    }

    /// `trace.html`, when the mode and the end of the job ask for it.
    func keepTrace(hasFailed: Bool) async -> Artifact? {
        guard tracing.mode == .on || (tracing.mode == .onFailure && hasFailed), !tracing.log.steps.isEmpty else {
            return nil
        }
        for arriving in tracing.pending.values { await arriving.value }
        var requests: [String: [NetworkRequest]] = [:]
        for (name, page) in tracing.pages { requests[name] = await page.requests }
        let document = TraceDocument(
            job: job.job.rawValue,
            startedAt: tracing.startedAt,
            start: tracing.log.steps[0].began,
            log: tracing.log,
            requests: requests,
            observesNetwork: tracing.mode == .on,
            redact: job.redact
        )
        let html = await document.html()
        return try? await job.workspace.store(html, name: "trace.html", contentType: "text/html; charset=utf-8")
    }
}
