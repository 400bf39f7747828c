import Executors
import JSON
import JobModel
import Synchronization

/// An executor that plays a browser, as the tests want it.
final class FakeBrowser: Executor {
    private struct State {
        var open = 0
        var opened = 0
        var log: [String] = []
        var events: ExecutorEvents?
        var failure: StepFailure?
        var isHolding = true
    }

    let name = "browser"
    let actions = Set(Action.browserActions)
    private let state = Mutex(State())

    func effectClass(of task: ToDo) -> EffectClass { .page }

    /// Contexts that were not given back.
    var open: Int { state.withLock { $0.open } }
    /// Contexts there ever were.
    var opened: Int { state.withLock { $0.opened } }
    /// What was begun and ended, in order.
    var log: [String] { state.withLock { $0.log } }

    /// The next `openSession` fails.
    func failNextOpen(_ failure: StepFailure) { state.withLock { $0.failure = failure } }

    /// Lets go who holds a page.
    func release() { state.withLock { $0.isHolding = false } }
    fileprivate var isHolding: Bool { state.withLock { $0.isHolding } }

    /// Something happens in the browser.
    func tell(_ event: ExecutorEvent) { state.withLock { $0.events }?.take(event) }

    func openSession(for job: JobContext) async throws -> any ExecutorSession {
        try state.withLock { state in
            if let failure = state.failure.take() { throw failure }
            state.open += 1
            state.opened += 1
            state.events = job.events
        }
        return FakePages(browser: self, job: job)
    }

    func note(_ line: String) { state.withLock { $0.log.append(line) } }
    func closed() { state.withLock { $0.open -= 1 } }
}

/// Pages that do what the task's action is made to mean here.
struct FakePages: ExecutorSession {
    let browser: FakeBrowser
    let job: JobContext

    func execute(_ step: Step) async throws -> StepOutcome {
        let task = step.task
        browser.note("begin \(task.id)")
        defer { browser.note("end \(task.id)") }
        switch task.action {
        case .waitFor:
            // Until it is stopped.
            try await Task.sleep(for: .seconds(600))
        case .hover:
            // Some time, so that others could overtake.
            try await Task.sleep(for: .milliseconds(30))
        case .focus:
            // Until it is let go.
            while browser.isHolding { try await Task.sleep(for: .milliseconds(5)) }
        case .press:
            // Does not obey.
            await Task { try? await Task.sleep(for: .seconds(6)) }.value
        case .click:
            throw StepFailure(reason: .browserCrashed, message: "The browser was lost", isRetryable: true)
        case .dblclick:
            throw StepFailure(
                reason: .notFound,
                message: "No \(task.selector ?? "")",
                isRetryable: true,
                callLog: ["a"]
            )
        case .screenshot:
            let bytes = [UInt8](repeating: 7, count: try task.optionalCount("quality") ?? 3)
            let artifact = try await job.workspace.store(bytes, name: "shot.png", contentType: "image/png")
            return StepOutcome(outputs: ["artifact": .string(artifact.name)], artifacts: [artifact])
        case .extract:
            return StepOutcome(outputs: ["text": .string(String(repeating: "x", count: 600_000))])
        default: break
        }
        return StepOutcome(outputs: ["text": .string(task.text ?? "")], touched: "\(task.action.rawValue)")
    }

    func pages() async -> [SessionPage] { [SessionPage(name: "main", url: "about:blank", isOpen: true)] }
    func verify(_ step: Step) async throws -> Verification { .unknown("") }
    func close() async { browser.closed() }
}
