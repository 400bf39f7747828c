import BrowserAutomation
import JSON
import JobModel

extension BrowserSession {
    func point(
        _ action: Action,
        _ task: ToDo,
        _ page: PageSession,
        unless goal: PageCondition?,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let selector = try task.requiredSelector()
        var options = try task.pointerOptions()
        options.unless = goal
        options.watchesAnswer = task.fields["until"] != nil
        switch action {
        case .hover: return try await page.hover(selector, options, until: deadline)
        case .check, .uncheck:
            return try await page.setChecked(action == .check, selector, options, until: deadline)
        case .drag:
            let target = try task.parsed(try task.requiredString("target"))
            return try await page.drag(selector, to: target, try task.dragOptions(), until: deadline)
        case .tap: return try await page.tap(selector, options, until: deadline)
        case .dblclick: options.clicks = 2
        default: break
        }
        let report = try await page.click(selector, options, until: deadline)
        gestureLeftMark = report.changedPage
        return report
    }

    func enter(
        _ action: Action,
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        let text = task.text ?? ""
        // By its template too: a secret of three characters is in no redactor.
        let isSecret = task.secretMembers.contains("text") || job.redact(text) != text
        if isSecret { remember(secret: text) }
        let delay = try task.duration("delay") ?? .zero
        switch action {
        case .fill:
            let isForced = try task.flag("force")
            let selector = try task.requiredSelector()
            return outcome(
                try await page.fill(selector, text, isSecret: isSecret, isForced: isForced, until: deadline)
            )
        case .type:
            let selector = try task.optionalSelector()
            return outcome(try await page.type(selector, text, delay: delay, isSecret: isSecret, until: deadline))
        case .press:
            let name = try task.plainText("key") ?? task.text
            guard let name else { throw task.invalid("needs 'key'") }
            let chord = try KeyChord(parsing: name)
            let times = try task.optionalCount("times") ?? 1
            guard (1...100).contains(times) else { throw task.invalid("wants 1 to 100 in 'times'") }
            var report = try await page.press(
                try task.optionalSelector(),
                chord,
                times: times,
                delay: delay,
                until: deadline
            )
            report.touched = "\(name)\(times > 1 ? " × \(times)" : "") on \(report.touched)"
            return outcome(report)
        default:
            let report = try await page.select(
                try task.requiredSelector(),
                try task.selectOptions(),
                isForced: try task.flag("force"),
                until: deadline
            )
            return outcome(report, ["values": report.value])
        }
    }

    func upload(
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        let selector = try task.requiredSelector()
        var sources: [UploadSource] = []
        for file in try task.uploads() {
            switch file {
            case .artifact(let name):
                sources.append(UploadSource(name: name, .file(path: try await job.workspace.path(of: name))))
            case .written(let source): sources.append(source)
            }
        }
        try await checkSizes(of: sources, task)
        let folder = try task.uploadFolder()
        let staged = try await context.browser.stageUploads(sources, asDirectory: folder)
        keepUntilEnd(uploads: staged.directory)
        let report = try await page.upload(selector, staged, until: deadline)
        return outcome(report, ["files": .array(sources.map { JSONValue.string($0.name) })])
    }

    /// Keeps files from the page that are larger than the tenant's policy allows.
    private func checkSizes(of sources: [UploadSource], _ task: ToDo) async throws {
        guard let limit = job.uploadLimit() else { return }
        let files = await job.workspace.list()
        for source in sources {
            let bytes =
                switch source.content {
                case .bytes(let bytes): bytes.count
                case .file: files.first { $0.name == source.name }?.bytes ?? 0
                }
            guard bytes > limit else { continue }
            let denial = PolicyDenial(
                rule: "upload_bytes",
                message:
                    "The file '\(source.name)' in 'files' has \(bytes) bytes; 'upload.maximum_bytes' of the policies "
                    + "allows \(limit): give a smaller one, or ask the operator"
            )
            job.denied(denial)
            throw StepFailure(
                reason: .policyDenied,
                message: "The task '\(task.id)' (\(task.action.rawValue)) is denied. \(denial)",
                isRetryable: false,
                mayHaveActed: false
            )
        }
    }

    func scroll(
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        if try task.flag("wheel") {
            guard let distance = try task.point("by") else {
                throw task.invalid("turns the wheel by nothing; needs 'by'")
            }
            return try await page.turnWheel(over: try task.optionalSelector(), by: distance, until: deadline)
        }
        let target: PageSession.ScrollTarget =
            if let end = try task.optionalString("to") {
                .end(end)
            } else if let distance = try task.point("by") {
                .by(distance)
            } else {
                .intoView
            }
        return try await page.scroll(try task.optionalSelector(), target, until: deadline)
    }
}
