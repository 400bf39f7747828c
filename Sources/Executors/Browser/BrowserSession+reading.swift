import BrowserAutomation
import EventLoops
import JSON
import JobModel
import Threads

extension BrowserSession {
    func waitFor(
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        if task.fields["function"] != nil {
            let script = try task.script("function", isAllowed: allowsScripts)
            try await page.waitFor(script: script, task.fields["args"] ?? .null, until: deadline)
        }
        let report = try await page.waitFor(try task.waitCondition(), until: deadline)
        if let popup = try task.optionalString("popup_as") { try await namePopup(popup, of: page, until: deadline) }
        return await outcome(report, ["url": .string(page.url)])
    }

    func extract(
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        let extraction = try task.extraction()
        let report = try await page.extract(try task.requiredSelector(), extraction, until: deadline)
        var outputs: JSONObject = ["value": report.value]
        switch extraction.kind {
        case .text, .html, .count, .table: outputs[extraction.kind.rawValue] = report.value
        case .value, .attribute: outputs["text"] = report.value
        }
        return outcome(report, outputs)
    }

    /// Actions that leave a file.
    func keep(_ action: Action, _ step: Step, _ page: PageSession) async throws -> StepOutcome {
        let (task, deadline) = (step.task, step.deadline)
        switch action {
        case .screenshot: return try await screenshot(task, page, until: deadline)
        case .pdf: return try await pdf(task, page, until: deadline)
        case .download: return try await download(task, page, until: deadline)
        default: return try await storageState(task, page, until: deadline)
        }
    }

    private func download(
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        let mark = await context.downloadCount
        var log: [String] = []
        if let selector = try task.optionalSelector() {
            let report = try await page.click(selector, try task.pointerOptions(), until: deadline)
            log = report.callLog
        } else {
            let url = try task.address("url")
            let result = try await page.goto(url, acceptsDownload: true, deadline: deadline - .now)
            guard result.kind == .download else {
                throw BrowserError(
                    .downloadFailed,
                    "\(url) shows a page; it is no file to download. To keep the page use pdf or screenshot"
                )
            }
        }
        let (name, maximum) = (try task.optionalString("name"), try task.optionalCount("max_bytes"))
        var files: [DownloadedFile] = []
        var artifacts: [Artifact] = []
        for number in 0..<(try task.optionalCount("count") ?? 1) {
            let (file, artifact) = try await receive(
                after: mark + number,
                name: name,
                maximumBytes: maximum,
                until: deadline
            )
            files.append(file)
            artifacts.append(artifact)
        }
        var outcome = kept(artifacts)
        outcome.callLog = log
        outcome.outputs["url"] = files.first.map { .string($0.url) }
        outcome.outputs["suggested_name"] = files.first.map { .string($0.suggestedName) }
        outcome.outputs["artifacts"] = .array(artifacts.map { .string($0.name) })
        return outcome
    }

    /// Takes a download over as an artifact; nothing stays behind when that fails.
    private func receive(
        after mark: Int,
        name: String?,
        maximumBytes: Int?,
        until deadline: ContinuousClock.Instant
    ) async throws -> (DownloadedFile, Artifact) {
        let holding = try await loop.runBlocking { try HoldingDirectory() }
        do {
            let file = try await context.waitForDownload(
                after: mark,
                to: holding.path + "/download",
                maximumBytes: maximumBytes,
                deadline: deadline - .now
            )
            let artifact = try await job.workspace.adopt(
                path: file.path,
                name: name ?? ArtifactName.sanitized(file.suggestedName),
                contentType: MediaType.of(fileName: file.suggestedName)
            )
            try? await loop.runBlocking { holding.remove() }
            return (file, artifact)
        } catch {
            // Not structured: what arrived is removed though the step was cancelled.
            await Task { try? await loop.runBlocking { holding.remove() } }.value
            throw error
        }
    }

    private func storageState(
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        guard let source = try task.optionalString("load") else {
            let state = try await context.storageState(deadline: deadline - .now)
            let name = try task.artifactName("json")
            let bytes = JSONValue.object(state).serialized()
            return kept([try await job.workspace.store(bytes, name: name, contentType: "application/json")])
        }
        let path = try await job.workspace.path(of: source)
        let bytes = try await JobWorkspace.sharedThread.run {
            try WorkspaceDisk.read(path, for: source, limit: FileSession.readLimit)
        }
        guard let state = try? JSONValue(parsing: bytes) else {
            throw task.invalid("loads '\(source)', which is no JSON")
        }
        try await context.restore(state, deadline: deadline - .now)
        return StepOutcome(touched: source)
    }
}
