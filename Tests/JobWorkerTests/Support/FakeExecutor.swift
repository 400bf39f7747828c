import Executors
import JSON
import JobModel
import Synchronization

/// Offers some mail and page actions; what a step does is decided by the test, by step id.
final class FakeExecutor: Executor {
    typealias Act = @Sendable (Step, JobContext) async throws -> StepOutcome

    let name = "fake"
    let actions: Set<Action> = [.sendMail, .searchMail, .goto, .click, .screenshot, .download]
    private let announcesEffects: Bool
    private let act: Act
    private let opening: @Sendable () async throws -> Void
    private let verification: @Sendable (Step) async throws -> Verification
    private let state = Mutex((executed: [String](), verified: [String](), opened: 0, closed: 0))

    init(
        announcesEffects: Bool = false,
        _ act: @escaping Act = { _, _ in StepOutcome() },
        verify: @escaping @Sendable (Step) async throws -> Verification = { _ in .didNotHappen },
        opening: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.announcesEffects = announcesEffects
        self.act = act
        verification = verify
        self.opening = opening
    }

    var executed: [String] { state.withLock { $0.executed } }
    var verified: [String] { state.withLock { $0.verified } }
    var sessions: (opened: Int, closed: Int) { state.withLock { ($0.opened, $0.closed) } }

    func effectClass(of task: ToDo) -> EffectClass { ActionSchema.of(task.action).effect }

    func announces(_ task: ToDo) -> Bool { announcesEffects }

    func openSession(for job: JobContext) async throws -> any ExecutorSession {
        try await opening()
        state.withLock { $0.opened += 1 }
        return Session(executor: self, context: job)
    }

    private struct Session: ExecutorSession {
        let executor: FakeExecutor
        let context: JobContext

        func execute(_ step: Step) async throws -> StepOutcome {
            executor.state.withLock { $0.executed.append(step.key.step.rawValue) }
            return try await executor.act(step, context)
        }

        func verify(_ step: Step) async throws -> Verification {
            executor.state.withLock { $0.verified.append(step.key.step.rawValue) }
            return try await executor.verification(step)
        }

        func close() async { executor.state.withLock { $0.closed += 1 } }
    }
}

/// Something a test waits for; once given it stays given.
actor Signal {
    private var isGiven = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func give() {
        isGiven = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func wait() async {
        if !isGiven { await withCheckedContinuation { waiting.append($0) } }
    }
}

/// Never ends by itself, only by cancellation.
func forever() async throws {
    let gate = Mutex<CheckedContinuation<Void, any Error>?>(nil)
    try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            gate.withLock { $0 = continuation }
            if Task.isCancelled { gate.withLock { $0.take() }?.resume(throwing: CancellationError()) }
        }
    } onCancel: {
        gate.withLock { $0.take() }?.resume(throwing: CancellationError())
    }
}
