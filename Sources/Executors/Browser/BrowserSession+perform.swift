import BrowserAutomation
import JSON
import JobModel

extension BrowserSession {
    /// One task on one page.
    func perform(_ step: Step, on name: String) async throws -> StepOutcome {
        let task = step.task
        let action = try task.browserAction()
        // Wrong fields are found before anything is touched.
        if let selector = task.selector { _ = try task.parsed(selector) }
        guard task.fields["expect_response"] != nil else { return try await attempt(action, step, on: name) }
        return try await expectingResponse(task, on: page(name), until: step.deadline) { session in
            try await session.attempt(action, step, on: name)
        }
    }

    private func attempt(_ action: Action, _ step: Step, on name: String) async throws -> StepOutcome {
        guard let goal = try step.task.goal() else { return try await perform(action, step, on: name, unless: nil) }
        return try await perform(action, step, on: name, until: goal)
    }

    /// One try; with `unless` it is left out when that is so already in the moment it would be done.
    func perform(_ action: Action, _ step: Step, on name: String, unless goal: PageCondition?) async throws
        -> StepOutcome
    {
        if action != .waitFor, let popup = try step.task.optionalString("popup_as") {
            return try await opening(popup, from: name, until: step.deadline) { session in
                try await session.act(action, step, on: name, unless: goal)
            }
        }
        return try await act(action, step, on: name, unless: goal)
    }

    /// Runs what opens a popup and gives that its name.
    private func opening(
        _ popup: String,
        from name: String,
        until deadline: ContinuousClock.Instant,
        _ body: (isolated BrowserSession) async throws -> StepOutcome
    ) async throws -> StepOutcome {
        let opener = try await page(name).target
        if job.events != nil { expectedPopups[opener] = popup }
        defer { expectedPopups[opener] = nil }
        var mark = await context.pageCount
        let outcome = try await body(self)
        do {
            var opened = try await context.waitForPopup(after: mark, deadline: deadline - .now)
            // Other tasks of the job open pages meanwhile; those have another opener, or none.
            while opened.opener != opener {
                mark += 1
                opened = try await context.waitForPopup(after: mark, deadline: deadline - .now)
            }
            await setPage(opened, name: popup)
        } catch let error as BrowserError where error.code == .timeout {
            throw BrowserError(
                .timeout,
                "\(outcome.touched) opened no popup in time (popup_as: \(popup))",
                callLog: outcome.callLog
            )
        }
        return outcome
    }

    private func act(_ action: Action, _ step: Step, on name: String, unless goal: PageCondition?) async throws
        -> StepOutcome
    {
        let (task, deadline) = (step.task, step.deadline)
        switch action {
        case .switchPage: return try await switchPage(task, until: deadline)
        case .closePage: return try await closePage(name)
        case .network: return try await changeNetwork(task)
        case .har: return try await har(task)
        default: break
        }
        let page = try await page(name)
        switch action {
        case .goto: return try await goto(task, page, until: deadline)
        case .reload, .back, .forward: return try await moveInHistory(action, task, page, until: deadline)
        case .click, .dblclick, .tap, .hover, .check, .uncheck, .drag:
            return outcome(try await point(action, task, page, unless: goal, until: deadline))
        case .fill, .type, .press, .select: return try await enter(action, task, page, until: deadline)
        case .focus, .blur:
            let selector = try task.requiredSelector()
            return outcome(try await page.setFocus(action == .focus, selector, until: deadline))
        case .upload: return try await upload(task, page, until: deadline)
        case .scroll: return outcome(try await scroll(task, page, until: deadline))
        case .waitFor: return try await waitFor(task, page, until: deadline)
        case .expect: return outcome(try await page.expect(try task.expectation(), until: deadline))
        case .extract: return try await extract(task, page, until: deadline)
        case .screenshot, .pdf, .download, .storageState: return try await keep(action, step, page)
        case .evaluate:
            let script = try task.script("script", isAllowed: allowsScripts)
            let arguments = task.fields["args"] ?? .null
            if let selector = try task.optionalSelector() {
                let value = try await page.run(script: script, arguments, on: selector, until: deadline)
                return StepOutcome(outputs: ["value": value], touched: selector.source)
            }
            let value = try await page.run(script: script, arguments, until: deadline)
            return StepOutcome(outputs: ["value": value], touched: "page")
        case .dialog: return try await announceDialog(task, page, name)
        default: throw task.invalid("is no action of the browser")
        }
    }

    func outcome(_ report: ActionReport, _ outputs: JSONObject = [:]) -> StepOutcome {
        StepOutcome(outputs: outputs, touched: report.touched, callLog: report.callLog)
    }

    // MARK: Pages

    private func closePage(_ name: String) async throws -> StepOutcome {
        guard let page = removePage(name) else {
            throw BrowserError(.notFound, "There is no page '\(name)' to close")
        }
        let url = await page.url
        await page.close()
        return StepOutcome(touched: "page \(name)", url: url)
    }

    /// The answer holds for the next dialog only; it says what the last one was.
    private func announceDialog(_ task: ToDo, _ page: PageSession, _ name: String) async throws -> StepOutcome {
        let accepts = task.fields["accept"]?.bool ?? true
        let answer = task.text.map(DialogPolicy.answer) ?? .accept
        await page.answerNextDialog(accepts ? answer : .dismiss, kind: try task.optionalString("type"))
        if let text = try task.optionalString("message") {
            expectedDialogs[name] = ExpectedDialog(mark: await page.dialogCount, text: text)
        }
        let last = await page.dialogs.last
        return StepOutcome(
            outputs: ["message": .string(last?.message ?? ""), "type": .string(last?.kind ?? "")],
            touched: "next dialog"
        )
    }
}
