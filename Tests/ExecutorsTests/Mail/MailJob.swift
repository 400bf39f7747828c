import EventLoops
import Executors
import FixtureServer
import HTTPClient
import JSON
import JobModel
import MailModel
import MicrosoftGraph
import TestSupport

/// A job that sends and reads mail of a fixture over real sockets.
struct MailJob {
    static let sender = "buero@kanzlei.example"
    static let receiver = "anna@kunde.example"

    let fixtures: Fixtures
    let executor: MailExecutor
    let session: any ExecutorSession
    let workspace: JobWorkspace

    /// Runs a test with a fresh service; `secret` replaces the right one.
    static func run(
        secret: String? = nil,
        draftWindow: Duration = .seconds(15),
        guards: [any MailGuard] = [MailRules()],
        _ body: (MailJob) async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "mail-job")
        let fixtures = try await Fixtures.start(on: loop)
        let transport = CurlTransport(on: loop)
        var settings = GraphSettings(
            tenant: fixtures.application.tenant,
            clientID: fixtures.application.clientID,
            credential: .secret(secret ?? fixtures.application.clientSecret),
            loginURL: fixtures.graphURL,
            graphURL: fixtures.graphURL + "/v1.0"
        )
        settings.draftWindow = draftWindow
        let client = MailClient(settings, transport: transport, environment: .on(loop))
        let executor = MailExecutor(provider: client, sender: sender, guards: guards)
        let result: Result<Void, any Error>
        do {
            try await withTemporaryDirectory { base in
                let workspace = JobWorkspace(directory: "\(base)/job")
                let context = JobContext(job: JobID("job"), tenant: .default, workspace: workspace)
                let session = executor.openSession(for: context)
                try await body(
                    MailJob(fixtures: fixtures, executor: executor, session: session, workspace: workspace)
                )
                await session.close()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        await fixtures.close()
        await loop.shutdown()
        try result.get()
    }

    func step(_ action: Action, id: String = "mail", _ fields: JSONObject) -> Step {
        var fields = fields
        var task = ToDo(id: StepID(id), index: 0, action: action)
        task.text = fields["text"]?.string
        fields["text"] = nil
        task.fields = fields
        let key = JournalKey(job: JobID("job"), step: task.id)
        return Step(key: key, task: task, deadline: .now + .seconds(30))
    }

    /// What a plain mail to the receiver says.
    static let plain: JSONObject = ["to": .string(receiver), "subject": "Rechnung 7", "text": "Guten Tag"]

    func send(_ changes: JSONObject = [:]) async throws -> StepOutcome {
        try await session.execute(step(.sendMail, Self.plain.merging(changes)))
    }

    /// The failure of a mail that must not go out.
    func failure(_ changes: JSONObject) async -> StepFailure? {
        do {
            _ = try await send(changes)
            return nil
        } catch {
            return error as? StepFailure
        }
    }

    func sent() async -> [JSONObject] { await fixtures.graph.messages(of: Self.sender, in: "sentitems") }
}
