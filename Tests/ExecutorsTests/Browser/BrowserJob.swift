import BrowserAutomation
import EventLoops
import Executors
import FixtureServer
import JSON
import JobModel
import TestSupport
import Testing

/// A job at work in a browser of the suite, against the fixture portal.
struct BrowserJob {
    let session: any ExecutorSession
    let workspace: JobWorkspace
    let portal: String

    @discardableResult
    func run(
        _ action: Action,
        _ selector: String? = nil,
        text: String? = nil,
        id: String = "step",
        page: String? = nil,
        timeout: Duration = .seconds(30),
        once: Bool = false,
        with fields: JSONObject = [:]
    ) async throws -> StepOutcome {
        var task = ToDo(id: StepID(id), index: 0, action: action, fields: fields)
        task.selector = selector
        task.text = text
        task.page = page
        task.once = once
        let key = JournalKey(job: JobID("job"), step: task.id)
        return try await session.execute(Step(key: key, task: task, deadline: .now + timeout))
    }

    /// The failure of a task that must fail.
    func failure(
        _ action: Action,
        _ selector: String? = nil,
        text: String? = nil,
        id: String = "step",
        within limit: Duration = .seconds(1),
        once: Bool = false,
        with fields: JSONObject = [:]
    ) async -> StepFailure? {
        do {
            let outcome = try await run(action, selector, text: text, id: id, timeout: limit, once: once, with: fields)
            Issue.record("It worked: \(outcome)")
            return nil
        } catch {
            return error as? StepFailure
        }
    }
}

/// One pool and one portal for the suite.
struct SharedPortal: SuiteTrait, TestScoping {
    @TaskLocal static var current: (pool: BrowserPool, portal: String)?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "portal")
        let fixtures = try await Fixtures.start(on: loop)
        let pool = BrowserPool(on: [loop])
        await pool.open()
        let current = (pool, fixtures.portalURL)
        let result: Result<Void, any Error>
        do {
            result = .success(try await Self.$current.withValue(current) { try await function() })
        } catch {
            result = .failure(error)
        }
        await pool.close()
        await fixtures.close()
        await loop.shutdown()
        try result.get()
    }
}

extension Trait where Self == SharedPortal {
    static var sharedPortal: SharedPortal { SharedPortal() }
}

/// A job in a context of its own; secrets are `geheim`.
func withBrowserJob(
    allowsScripts: Bool = false,
    options: JSONObject = ["locale": "de-DE"],
    onDialog: JSONValue? = nil,
    uploadLimit: Int? = nil,
    _ body: (BrowserJob) async throws -> Void
) async throws {
    let (pool, portal) = try #require(SharedPortal.current)
    try await withTemporaryDirectory { base in
        let workspace = JobWorkspace(directory: "\(base)/job")
        let job = JobContext(
            job: JobID("job"),
            tenant: .default,
            browserOptions: options,
            onDialog: onDialog,
            workspace: workspace,
            redact: { $0.replacing("geheim", with: "•••") },
            uploadLimit: { uploadLimit }
        )
        let session = try await BrowserExecutor(contexts: pool, allowsScripts: allowsScripts).openSession(for: job)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(BrowserJob(session: session, workspace: workspace, portal: portal)))
        } catch {
            result = .failure(error)
        }
        await session.close()
        try result.get()
    }
}
