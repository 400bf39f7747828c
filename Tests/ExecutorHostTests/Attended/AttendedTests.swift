import Executors
import JobModel
import Synchronization
import Testing

@testable import ExecutorHost

struct AttendedTests {
    @Test(
        arguments: [
            (["r", "r"], 2, true), (["s"], 1, true), (["?", "", "q"], 1, false), ([], 1, false),
        ] as [([String], Int, Bool)]
    )
    func `the person decides about a failing step: again, skip, or let it fail`(
        words: [String],
        tries: Int,
        works: Bool
    )
        async throws
    {
        let (session, counter) = try await session(failing: 2, answers: words)
        let outcome = try? await session.execute(Self.step)
        #expect((outcome != nil) == works)
        #expect(counter.withLock { $0 } == tries + (words == ["r", "r"] ? 1 : 0))
    }

    @Test func `what asks on error needs a terminal; a display is asked for by name`() throws {
        let arguments = try CommandTable.runArguments(["x.yaml", "--pause-on-error", "--slow", "1s"])
        let error = #expect(throws: UsageError.self) { try Attendance(arguments, isTerminal: false) }
        #expect(error?.message.contains("terminal") == true)
        let attendance = try Attendance(arguments, isTerminal: true)
        #expect(attendance.asksOnError && attendance.pause == .seconds(1) && !attendance.isHeaded)
        let missing = #expect(throws: HostError.self) { try Attendance.display(["HOME": "/root"]) }
        #expect(missing?.message.contains("xvfb-run") == true)
        #expect(try Attendance.display(["DISPLAY": ":7", "HOME": "/root"]) == ["DISPLAY": ":7"])
        #expect(throws: UsageError.self) {
            try Attendance(try CommandTable.runArguments(["x.yaml", "--slow", "soon"]), isTerminal: true)
        }
    }

    private static var step: Step {
        Step(
            key: JournalKey(job: JobID("j"), step: StepID("s")),
            task: ToDo(id: StepID("s"), index: 0, action: .click),
            deadline: .now + .seconds(1)
        )
    }

    private func session(
        failing times: Int,
        answers: [String]
    ) async throws -> (any ExecutorSession, Counter) {
        let (rest, counter) = (Answers(answers), Counter(0))
        var attendance = Attendance()
        attendance.asksOnError = true
        let executor = AttendedExecutor(
            base: FailingExecutor(times: times, tries: counter),
            attendance: attendance,
            keeper: StepKeeper(Terminal(result: { _ in }, note: { _ in }), readLine: rest.next)
        )
        let workspace = JobWorkspace(directory: "/nonexistent/cpa")
        let job = JobContext(job: JobID("j"), tenant: .default, workspace: workspace)
        return (try await executor.openSession(for: job), counter)
    }
}

/// How often a step was tried.
private final class Counter: Sendable {
    private let value: Mutex<Int>
    init(_ value: Int) { self.value = Mutex(value) }
    func withLock<R>(_ body: (inout Int) -> R) -> R { value.withLock { body(&$0) } }
}

private final class Answers: Sendable {
    private let rest: Mutex<[String]>
    init(_ words: [String]) { rest = Mutex(words) }
    @Sendable func next() -> String? { rest.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

private struct FailingExecutor: Executor {
    let name = "browser"
    let actions: Set<Action> = [.click]
    let times: Int
    let tries: Counter

    func effectClass(of task: ToDo) -> EffectClass { .page }
    func openSession(for job: JobContext) async throws -> any ExecutorSession { Session(times: times, tries: tries) }

    struct Session: ExecutorSession {
        let times: Int
        let tries: Counter

        func execute(_ step: Step) async throws -> StepOutcome {
            let number = tries.withLock { tries in
                tries += 1
                return tries
            }
            guard number > times else {
                throw StepFailure(reason: .notFound, message: "nothing there", isRetryable: true)
            }
            return StepOutcome(touched: "button")
        }

        func verify(_ step: Step) async throws -> Verification { .didNotHappen }
        func close() async {}
    }
}

extension CommandTable {
    fileprivate static func runArguments(_ words: [String]) throws -> Arguments {
        try run(Signals()).parse(words[...])
    }
}
