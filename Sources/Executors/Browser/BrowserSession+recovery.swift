import BrowserAutomation
import JobModel

extension BrowserSession {
    /// Performs a step, and once more when its page crashed and its address alone brings it back as it was.
    ///
    /// That is so as long as nothing but `goto` and what only looks has worked on the page. What was typed into a page, or sent
    /// from it, is not brought back by its address: then the step fails with `page_crashed`, and a new attempt of the job
    /// repeats the page from its start. A step that must not be repeated never is.
    func performSurvivingCrash(_ step: Step, on name: String) async throws -> StepOutcome {
        let address = addresses[name]
        if Self.leavesTraces(step.task) { addresses[name] = nil }
        do {
            let outcome = try await perform(step, on: name)
            if step.task.isGoto { addresses[name] = await pageURL(name) }
            return outcome
        } catch let error as BrowserError where error.code == .pageCrashed && !step.task.isEffect {
            guard let address else { throw error }
            try await page(name).goto(address, waitUntil: .load, deadline: step.deadline - .now)
            var outcome = try await perform(step, on: name)
            outcome.callLog.insert("the page crashed; \(address) was opened again", at: 0)
            if step.task.isGoto { addresses[name] = await pageURL(name) }
            return outcome
        }
    }

    private static func leavesTraces(_ task: ToDo) -> Bool {
        guard let action = try? task.browserAction() else { return true }
        switch action {
        case .hover, .scroll, .switchPage: return task.once
        default: return task.once || ActionSchema.of(action).effect != .read
        }
    }
}

extension ToDo {
    fileprivate var isGoto: Bool { (try? browserAction()) == .goto }

    /// Whether it must not be repeated.
    fileprivate var isEffect: Bool {
        guard !once, let action = try? browserAction() else { return true }
        return ActionSchema.of(action).effect == .effect
    }
}
