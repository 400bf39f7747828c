import BrowserAutomation
import CDPProtocol
import EventLoops
import JSON
import JobModel

/// The browser executor at work for one job: lives on its browser's loop, so that no call to a page crosses threads.
actor BrowserSession: ExecutorSession {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let context: BrowserContext
    let job: JobContext
    /// What actions on any page of the job close when it covers their page.
    let overlays: [Overlay]
    let allowsScripts: Bool
    private let lease: BrowserLease
    private var warmPage: PageSession?
    private var pages: [String: PageSession] = [:]
    /// By page name: the address that brings it back as it is, as long as there is one.
    var addresses: [String: String] = [:]
    /// Directories of copies pages may still read.
    private var uploads: [String] = []
    /// Whether the page answered the latest gesture at once; only kept for tasks with `until`.
    var gestureLeftMark = false
    /// What `dialog` tasks wait to see, by page name.
    var expectedDialogs: [String: ExpectedDialog] = [:]
    /// Names that running tasks give the next popup of a page.
    var expectedPopups: [TargetDomain.TargetID: String] = [:]
    /// Popups nobody gave a name.
    var popups = 0

    /// What tasks have entered as secrets.
    var secrets: [String] = []
    var tracing: TraceState
    /// Nil when the job keeps no recording.
    var recording: RecordingState?

    /// A dialog that a task announced.
    struct ExpectedDialog {
        var mark: Int
        var text: String
    }

    init(
        lease: BrowserLease,
        job: JobContext,
        overlays: [Overlay] = [],
        allowsScripts: Bool,
        trace: TraceMode = .off
    ) {
        tracing = TraceState(trace)
        self.lease = lease
        self.job = job
        self.overlays = overlays
        self.allowsScripts = allowsScripts
        context = lease.context
        warmPage = lease.page
        loop = lease.context.loop
    }

    func close() async {
        pages = [:]
        for directory in uploads { await context.browser.discardUploads(directory) }
        uploads = []
        await lease.giveBack()
    }

    /// Nobody keeps a record of clicks: whether one happened is for a human to say.
    func verify(_ step: Step) -> Verification {
        let task = step.task
        return .unknown(
            "The task '\(task.id)' (\(task.action.rawValue)\(task.selector.map { " \($0)" } ?? "")) may or may not have happened in the browser; look at the portal."
        )
    }

    func execute(_ step: Step) async throws -> StepOutcome {
        let name = step.task.page ?? "main"
        recording?.log.add(RecordingCaption(step.task, .now))
        let problems = context.door?.mark ?? 0
        do {
            return try await traced(step, on: name)
        } catch let failure as StepFailure {
            throw failure.explained(by: context.door?.problems(since: problems) ?? [])
        }
    }

    private func traced(_ step: Step, on name: String) async throws -> StepOutcome {
        guard tracing.mode != .off else { return try await execute(step, on: name) }
        let mark = await beginTrace(step, on: name)
        do {
            let outcome = try await execute(step, on: name)
            await endTrace(mark, .success(outcome))
            return outcome
        } catch {
            await endTrace(mark, .failure(error))
            throw error
        }
    }

    /// Keeps trace and recording, when there are to be any.
    func finish(hasFailed: Bool) async -> [Artifact] {
        await [keepTrace(hasFailed: hasFailed), keepRecording(hasFailed: hasFailed), keepHAR()].compactMap(\.self)
    }

    private func execute(_ step: Step, on name: String) async throws -> StepOutcome {
        do {
            var outcome = try await performSurvivingCrash(step, on: name)
            try await checkDialog(of: name)
            outcome.touched = job.redact(outcome.touched)
            outcome.callLog = outcome.callLog.map(job.redact)
            if outcome.url == nil { outcome.url = await pages[name]?.url }
            return outcome
        } catch {
            throw await failure(error, step, on: name)
        }
    }

    // MARK: Pages

    /// The page of a name; opened when there is none yet.
    func page(_ name: String) async throws -> PageSession {
        if let page = pages[name] {
            guard await page.isOpen else {
                throw BrowserError(
                    .pageClosed,
                    "The page '\(name)' has closed itself; open an address on another one, or name the popup it left with popup_as"
                )
            }
            return page
        }
        if let page = warmPage {
            warmPage = nil
            await setPage(page, name: name)
            return page
        }
        let page = try await context.newPage()
        await setPage(page, name: name)
        return page
    }

    func pages() async -> [SessionPage] {
        var list: [SessionPage] = []
        for (name, page) in pages.sorted(by: { $0.key < $1.key }) {
            list.append(SessionPage(name: name, url: await page.url, isOpen: await page.isOpen))
        }
        return list
    }

    /// The page of a name, when there is one.
    func openPage(_ name: String) -> PageSession? { pages[name] }

    func pageURL(_ name: String) async -> String? { await pages[name]?.url }

    func setPage(_ page: PageSession, name: String) async {
        if pages[name] !== page { addresses[name] = nil }
        if pages[name] !== page, !overlays.isEmpty { await page.setOverlays(overlays) }
        pages[name] = page
    }

    /// Names a popup at once, before anybody can ask for it.
    func adopt(_ popup: PageSession, name: String) {
        pages[name] = popup
        guard !overlays.isEmpty else { return }
        // Not structured: an event has no task, and the page's next action waits its turn on the same loop.
        Task { [overlays] in await popup.setOverlays(overlays) }
    }

    /// The name of a page, when it has one.
    func name(of page: PageSession) -> String? { name(ofTarget: page.target) }

    func name(ofTarget target: TargetDomain.TargetID) -> String? {
        // A page may have several names; the same one is told each time.
        pages.filter { $0.value.target == target }.map(\.key).min()
    }

    /// Copies kept until the end of the job: a page reads a file when its form is sent.
    func keepUntilEnd(uploads directory: String) { uploads.append(directory) }

    /// Whether some name stands for it.
    func isNamed(_ page: PageSession) -> Bool { pages.values.contains { $0 === page } }

    func removePage(_ name: String) -> PageSession? { pages.removeValue(forKey: name) }

    /// The dialog a `dialog` task announced must have said what it expects.
    private func checkDialog(of name: String) async throws {
        guard let expected = expectedDialogs[name], let page = pages[name], await page.dialogCount > expected.mark
        else {
            return
        }
        expectedDialogs[name] = nil
        let seen = await page.dialogs.last?.message ?? ""
        guard seen.lowercased().contains(expected.text.lowercased()) else {
            throw BrowserError(
                .expectationFailed,
                "The dialog should contain \"\(expected.text)\", but it said \"\(seen)\""
            )
        }
    }

    // MARK: Failures

    /// The failure people and programs get: redacted, with a picture of the page when there is one.
    private func failure(_ error: any Error, _ step: Step, on name: String) async -> any Error {
        if error is CancellationError { return error }
        var failure: StepFailure
        switch error {
        case let error as StepFailure: failure = error
        case let error as BrowserError: failure = StepFailure(error, job: job)
        case let error as EventLoopError where error.code == .noSpace:
            failure = StepFailure(reason: .storageFull, message: error.message, isRetryable: false)
        default: failure = StepFailure(reason: .internalError, message: "\(error)", isRetryable: true)
        }
        failure.message = job.redact(failure.message)
        failure.callLog = failure.callLog.map(job.redact)
        guard let page = pages[name] else { return failure }
        failure.url = await job.redact(page.url)
        if !Task.isCancelled, let picture = await picture(of: page, for: step) { failure.artifacts.append(picture) }
        return failure
    }

    /// `error-<step>.png`; nil when the page is gone or cannot be pictured soon: the failure itself must not come too late.
    private func picture(of page: PageSession, for step: Step) async -> Artifact? {
        guard await page.isOpen, await !page.isCrashed, await !page.isUnresponsive else { return nil }
        let limit = min(.now + .seconds(3), max(.now, step.deadline) + .milliseconds(1500))
        var options = ScreenshotOptions()
        options.stopsAnimations = false
        options.secrets = secrets
        guard let shot = try? await page.picture(options, until: limit) else { return nil }
        tracing.failurePicture = shot.screenshot
        return try? await job.workspace.store(
            shot.screenshot.bytes,
            name: "error-\(step.key.step.rawValue).png",
            contentType: shot.screenshot.contentType
        )
    }
}

extension StepFailure {
    /// A failure of the browser in the words of a job.
    init(_ error: BrowserError, job: JobContext) {
        let reason = ReasonCode(rawValue: error.code.rawValue) ?? .internalError
        self.init(
            reason: reason,
            message: job.redact(error.message),
            isRetryable: reason.mayPass,
            callLog: error.callLog.map(job.redact)
        )
    }
}

extension ReasonCode {
    /// Whether trying again can help: what the page lacks may come, what is written wrongly stays so.
    fileprivate var mayPass: Bool {
        switch self {
        case .invalidInput, .ambiguous, .policyDenied, .browserMissing, .sandboxUnavailable: false
        default: true
        }
    }
}
