import JobModel
import Testing

@testable import Executors

private struct Named: Executor {
    let name: String
    let actions: Set<Action>
    func effectClass(of task: ToDo) -> EffectClass { .page }
    func openSession(for job: JobContext) async throws -> any ExecutorSession { throw CancellationError() }
}

private func task(_ action: Action, executor: String? = nil) -> ToDo {
    var task = ToDo(id: StepID("t0"), index: 0, action: action)
    task.executor = executor
    return task
}

@Suite struct ExecutorRegistryTests {
    private let registry = ExecutorRegistry([
        Named(name: "browser", actions: [.click, .goto]), Named(name: "desktop", actions: [.click, .openApp]),
    ])

    @Test func `the first executor that offers an action does it, unless the task names one`() throws {
        #expect(try registry.executor(for: task(.click)).name == "browser")
        #expect(try registry.executor(for: task(.click, executor: "desktop")).name == "desktop")
        #expect(try registry.executor(for: task(.openApp)).name == "desktop")
    }

    @Test(arguments: [
        (
            task(.sendMail),
            "No executor here offers 'send_mail'; there are browser (click, goto), desktop (click, open_app)."
        ),
        (task(.click, executor: "robot"), "There is no executor 'robot' here; there are browser (click, goto), "),
        (task(.goto, executor: "desktop"), "The executor 'desktop' does not offer 'goto'; browser does."),
    ])
    func `what nobody here can do is refused and names what there is`(task: ToDo, message: String) {
        let error = #expect(throws: StepFailure.self) { try registry.executor(for: task) }
        #expect(error?.reason == .noCapableWorker)
        #expect(error?.message.hasPrefix(message) == true)
    }

    @Test func `a worker claims with its actions, plain and by executor`() {
        #expect(registry.capabilities.isSuperset(of: ["click", "open_app", "browser:click", "desktop:click"]))
        #expect(!registry.capabilities.contains("browser:open_app"))
    }
}
