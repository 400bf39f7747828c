import CDP
import CDPProtocol
import JSON

extension PageSession {
    /// Puts files into a file field, or into the file chooser that what was named opens.
    ///
    /// - Parameter upload: copies readable by the browser's user (`Browser.stageUploads`).
    @discardableResult
    package func upload(
        _ selector: Selector,
        _ upload: StagedUpload,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let arguments: JSONObject = [
            "selector": selector.json, "count": JSONValue(upload.paths.count), "isDirectory": .bool(upload.isDirectory),
        ]
        let prepared = try await ask("prepareUpload", arguments, until: deadline)
        let frame = prepared.frame
        let place = try await agentPlace(of: frame, until: deadline)
        guard prepared.result["needs"] == nil else {
            return try await choose(selector, upload, in: frame, place.session, until: deadline)
        }
        guard let field = try await agentObject("cpaAgent.uploadElement()", in: frame, deadline: deadline - .now) else {
            throw BrowserError(
                .documentReplaced,
                "The page went to another document before the files were put in; try again"
            )
        }
        defer { place.session.post(RuntimeDomain.ReleaseObject(objectID: field)) }
        try await call(
            DOMDomain.SetFileInputFiles(files: upload.paths, objectID: field),
            on: place.session,
            deadline: deadline - .now
        )
        try await enter([], in: frame, until: deadline)
        return prepared.report
    }

    /// Clicks what opens a file chooser and answers that; its field need not be on the page.
    private func choose(
        _ selector: Selector,
        _ upload: StagedUpload,
        in frame: PageDomain.FrameID?,
        _ session: CDPSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        state.forgetFileChooser()
        try await call(
            PageDomain.SetInterceptFileChooserDialog(enabled: true),
            on: session,
            deadline: deadline - .now
        )
        defer { session.post(PageDomain.SetInterceptFileChooserDialog(enabled: false)) }
        let report = try await click(selector, until: deadline)
        let chooser: PageDomain.FileChooserOpenedEvent
        do {
            chooser = try await wait(until: deadline, for: "a file chooser") { page in
                page.state.fileChooser.map { .success($0) }
            }
        } catch let error as BrowserError where error.code == .timeout {
            throw BrowserError(
                .timeout,
                "The click on \(report.touched) opened no file chooser; name the file field itself (it may be invisible)",
                callLog: report.callLog
            )
        }
        if chooser.mode == .selectSingle, upload.paths.count > 1 {
            throw BrowserError(
                .invalidInput,
                "The file chooser of \(report.touched) takes one file, not \(upload.paths.count)"
            )
        }
        guard let field = chooser.backendNodeID else {
            throw BrowserError(
                .invalidInput,
                "The file chooser of \(report.touched) has no file field (showOpenFilePicker); it cannot be answered"
            )
        }
        try await call(
            DOMDomain.SetFileInputFiles(files: upload.paths, backendNodeID: field),
            on: session,
            deadline: deadline - .now
        )
        try await enter([], in: frame, until: deadline)
        return report
    }
}
