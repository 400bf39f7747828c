import BrowserAutomation
import JSON
import JobModel

/// What a task wants to have brought about: its `until`.
struct TaskGoal {
    var condition: PageCondition
    /// How long it may take to become so after a try.
    var within: Duration
}

extension ToDo {
    /// Reads `until`; nil when the task has none.
    func goal() throws(StepFailure) -> TaskGoal? {
        guard let members = fields["until"]?.object else { return nil }
        var condition = self
        condition.fields = members
        condition.selector = members["selector"]?.string
        condition.text = try condition.plainText("text")
        return TaskGoal(condition: try condition.expectation(), within: try condition.duration("within") ?? .seconds(2))
    }
}

extension BrowserSession {
    /// Does a task, looks whether its goal is reached, and does it again when nothing came of it.
    ///
    /// A page that is shown before its scripts listen swallows clicks. Again is safe only when nothing came of the try before:
    /// the goal is not reached, the page is at the same address in the same document, nothing around what was clicked changed
    /// while the click was handled, and neither dialog, download nor popup appeared; and never for `once`. Otherwise the goal is waited for until the deadline.
    func perform(_ action: Action, _ step: Step, on name: String, until goal: TaskGoal) async throws -> StepOutcome {
        var log: [String] = []
        var last: (outcome: StepOutcome, tries: Int, unmet: BrowserError)?
        while true {
            let before = await footprint(of: name)
            gestureLeftMark = false
            var outcome: StepOutcome
            do {
                outcome = try await perform(action, step, on: name, unless: last == nil ? nil : goal.condition)
            } catch let error as BrowserError {
                guard let last else { throw error }
                // The time ended in the middle of another try: what was missing until then says more.
                if Self.meansOutOfTime(error, step.deadline) {
                    throw Self.failure(last.unmet, last.outcome, last.tries, log + error.callLog)
                }
                throw BrowserError(
                    .expectationFailed,
                    "\(Self.words(last.outcome, last.tries)), without what 'until' waits for; it could not be done again: \(error.message)",
                    callLog: log + error.callLog
                )
            }
            let tries = (last?.tries ?? 0) + 1
            if tries > 1 { outcome.touched = last?.outcome.touched ?? outcome.touched }
            log += outcome.callLog
            let page = try await page(name)
            do {
                try await page.expect(goal.condition, until: min(step.deadline, .now + goal.within))
            } catch let error as BrowserError where Self.meansNotYet(error) {
                let after = await footprint(of: name)
                if step.task.once || after != before || gestureLeftMark || error.code == .timeout {
                    log.append("not reached yet, but something came of it: waiting for \(error.message)")
                    let unmet = error.code == .expectationFailed ? error : last?.unmet
                    try await reach(goal, on: page, outcome, tries, log, until: step.deadline, unmet: unmet)
                } else if step.deadline > .now {
                    log.append("nothing came of it, doing it again: \(error.message)")
                    last = (outcome, tries, error)
                    continue
                } else {
                    throw Self.failure(error, outcome, tries, log)
                }
            }
            outcome.callLog = log
            outcome.url = await page.url
            return outcome
        }
    }

    /// - Parameter unmet: what the page said last of the goal; told when it does not answer any more.
    private func reach(
        _ goal: TaskGoal,
        on page: PageSession,
        _ outcome: StepOutcome,
        _ tries: Int,
        _ log: [String],
        until deadline: ContinuousClock.Instant,
        unmet: BrowserError?
    ) async throws {
        do {
            try await page.expect(goal.condition, until: deadline)
        } catch let error as BrowserError where Self.meansNotYet(error) {
            let told = error.code == .timeout ? unmet ?? error : error
            throw Self.failure(told, outcome, tries, log)
        }
    }

    /// The goal is not reached, or the page is too busy to say.
    private static func meansNotYet(_ error: BrowserError) -> Bool {
        error.code == .expectationFailed || error.code == .timeout
    }

    /// Whether a try ended with the step's time, and not for a reason of its own; the page's clock may be a little ahead.
    private static func meansOutOfTime(_ error: BrowserError, _ deadline: ContinuousClock.Instant) -> Bool {
        switch error.code {
        case .pageClosed, .pageCrashed, .browserCrashed, .dialogOpen: false
        default: deadline - .now < .milliseconds(50)
        }
    }

    private static func failure(
        _ error: BrowserError,
        _ outcome: StepOutcome,
        _ tries: Int,
        _ log: [String]
    ) -> BrowserError {
        BrowserError(
            .expectationFailed,
            "\(words(outcome, tries)), but what 'until' waits for did not come: \(error.message)",
            callLog: log + error.callLog
        )
    }

    private static func words(_ outcome: StepOutcome, _ tries: Int) -> String {
        "\(outcome.touched) was worked \(tries == 1 ? "once" : "\(tries) times")"
    }

    // MARK: What came of it

    /// What changes when an action had an effect on more than the inside of its page.
    private struct Footprint: Equatable {
        var url: String
        var document: Int
        var dialogs: Int
        var pages: Int
        var downloads: Int
    }

    private func footprint(of name: String) async -> Footprint {
        let page = try? await page(name)
        return Footprint(
            url: await page?.url ?? "",
            document: await page?.documentCount ?? 0,
            dialogs: await page?.dialogCount ?? 0,
            pages: await context.pageCount,
            downloads: await context.downloadCount
        )
    }
}
