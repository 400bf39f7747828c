import EventLoops
import Executors
import JobModel

/// An executor under the eyes of a person: pauses between steps, asks about failing ones.
struct AttendedExecutor: Executor {
    let base: any Executor
    let attendance: Attendance
    let keeper: StepKeeper

    var name: String { base.name }
    var actions: Set<Action> { base.actions }

    func effectClass(of task: ToDo) -> EffectClass { base.effectClass(of: task) }

    func announces(_ task: ToDo) -> Bool { base.announces(task) }

    func openSession(for job: JobContext) async throws -> any ExecutorSession {
        AttendedSession(base: try await base.openSession(for: job), attendance: attendance, keeper: keeper)
    }
}

/// A session of it.
private struct AttendedSession: ExecutorSession {
    let base: any ExecutorSession
    let attendance: Attendance
    let keeper: StepKeeper

    func execute(_ step: Step) async throws -> StepOutcome {
        var step = step
        let limit = max(step.deadline - .now, .zero)
        if attendance.pause > .zero { try await Task.sleep(for: attendance.pause) }
        while true {
            // The time of pauses and questions is not the step's.
            step.deadline = .now + limit
            do {
                return try await base.execute(step)
            } catch let failure as StepFailure where attendance.asksOnError {
                switch await keeper.answer(to: failure, of: step) {
                case .again: continue
                case .skip: return StepOutcome(touched: "skipped by hand", callLog: failure.callLog)
                case .quit: throw failure
                }
            }
        }
    }

    func verify(_ step: Step) async throws -> Verification { try await base.verify(step) }
    func pages() async -> [SessionPage] { await base.pages() }
    func finish(hasFailed: Bool) async -> [Artifact] { await base.finish(hasFailed: hasFailed) }
    func close() async { await base.close() }
}
