import Cryptography
import EventLoops
import Executors
import HTTPServer
import JSON
import JobModel
import JobWorker
import Security
import Telemetry

/// What a session does for its client: tasks by the executors, with secrets, deadlines and files as a job has them.
///
/// Lives on the session's loop.
actor SessionWork {
    /// How long past its deadline an executor may take to say so itself, with a picture of the page.
    private static let slack = Duration.seconds(4)
    /// How long a cancelled executor is waited for.
    private static let grace = Duration.seconds(2)
    private static let openLimit = Duration.seconds(65)
    private static let outputLimit = 1 << 20

    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let id: SessionID
    private let tenant: TenantID
    private let services: SessionServices
    private let workspace: JobWorkspace
    private let secrets: KnownSecrets
    private let logger: Logger
    private var sessions: SessionTable?
    /// Names of secrets the log has been warned of.
    private var shortSecrets: Set<String> = []
    private var denied: @Sendable (PolicyDenial) -> Void = { _ in }

    init(
        _ id: SessionID,
        tenant: TenantID,
        services: SessionServices,
        secrets: KnownSecrets,
        on loop: EventLoop,
        logger: Logger
    ) {
        self.id = id
        self.tenant = tenant
        self.services = services
        self.secrets = secrets
        self.loop = loop
        self.logger = logger
        workspace = JobWorkspace(directory: "\(services.directory)/\(id)", limits: services.workspaceLimits)
    }

    // MARK: The context

    /// Leases a context; one that was there before is given back.
    ///
    /// - Parameter denied: hears what a policy keeps from the session, on any thread.
    func open(
        _ options: SessionOptions,
        denied: @escaping @Sendable (PolicyDenial) -> Void,
        events: @escaping @Sendable (ExecutorEvent) -> Void
    ) async throws {
        await closeSessions()
        self.denied = denied
        var kinds = options.events
        // What tells that the session must be opened anew is never left out.
        kinds.formUnion([.crash, .popup, .pageClosed])
        let browser = try await resolved(options.browser)
        let context = JobContext(
            job: JobID(id.rawValue),
            tenant: tenant,
            browserOptions: browser,
            onDialog: options.onDialog,
            overlays: options.overlays,
            workspace: workspace,
            redact: { [secrets] in secrets.redactor.redact($0) },
            events: ExecutorEvents(kinds, take: events),
            denied: denied,
            uploadLimit: { [policies = services.policies, tenant] in policies.check(for: tenant).uploadLimit },
            logger: logger
        )
        let table = SessionTable(context: context, clock: services.clock)
        sessions = table
        let executor = try executor(for: ToDo(id: "open", index: 0, action: .goto))
        _ = try await withDeadline(services.clock.now() + Self.openLimit, grace: .zero, clock: services.clock, on: loop)
        {
            try await table.session(of: executor)
        }
    }

    /// Gives the context back, aside: its browser is gone, or it does not obey.
    func discard() async {
        guard let table = sessions else { return }
        sessions = nil
        // Not structured: nobody waits for a context that hangs.
        Task { await table.closeAll() }
    }

    /// Gives everything back.
    func close() async {
        await closeSessions()
        await workspace.remove()
    }

    private func closeSessions() async {
        guard let table = sessions else { return }
        sessions = nil
        await table.closeAll()
    }

    // MARK: Tasks

    /// Does a task.
    ///
    /// - Throws: `StepFailure`.
    func perform(_ task: ToDo, json: JSONObject) async throws -> JSONObject {
        let began = services.clock.now()
        do {
            guard let sessions else { throw CancellationError() }
            let executor = try executor(for: task)
            let resolved = try await resolved(task, json)
            try resolved.refuseSecretInFile(secrets.redactor)
            let admitted = try admitted(resolved)
            let step = Step(
                key: JournalKey(job: JobID(id.rawValue), step: task.id),
                task: admitted,
                deadline: services.clock.now() + task.timeout
            )
            let session = try await sessions.session(of: executor)
            let clock = services.clock
            let outcome = try await withDeadline(
                step.deadline + Self.slack,
                grace: Self.grace,
                clock: clock,
                on: loop
            ) {
                try await session.execute(step)
            }
            return try result(outcome, of: task, after: began.duration(to: clock.now()))
        } catch {
            throw failure(error, of: task)
        }
    }

    /// The task as the policy lets it run.
    private func admitted(_ task: ToDo) throws(StepFailure) -> ToDo {
        do throws(PolicyDenial) {
            return try services.policies.check(for: tenant).admit(task)
        } catch {
            denied(error)
            throw StepFailure(
                reason: .policyDenied,
                message: "'\(task.action.rawValue)' is denied. \(error)",
                isRetryable: false,
                mayHaveActed: false
            )
        }
    }

    private func executor(for task: ToDo) throws(StepFailure) -> any Executor {
        let executor = try services.registry.executor(for: task)
        guard ["browser", "file"].contains(executor.name) else {
            throw StepFailure(
                reason: .policyDenied,
                message: "A session does not do '\(task.action.rawValue)': nothing here is journalled, so a lost "
                    + "connection could do it twice or never. Submit a job for it",
                isRetryable: false
            )
        }
        return executor
    }

    private func resolved(_ task: ToDo, _ json: JSONObject) async throws -> ToDo {
        try ScenarioResolver(context: try await context(["tasks": [.object(json)]])).task(task, in: RunScope())
    }

    private func resolved(_ browser: JSONObject) async throws -> JSONObject {
        let resolver = ScenarioResolver(context: try await context(["browser": .object(browser)]))
        return try resolver.value(.object(browser), in: RunScope()).object ?? browser
    }

    /// The secrets a scenario names, read anew each time: one that was changed needs no new session.
    private func context(_ scenario: JSONObject) async throws -> TemplateContext {
        guard try Template.expressions(in: .object(scenario)).isEmpty == false else {
            return TemplateContext(now: services.clock.wall)
        }
        let found = try await Self.secrets(of: scenario, tenant, services.secrets)
        secrets.add(found.hidden)
        for name in found.short where shortSecrets.insert(name).inserted { logger.shortSecret(name) }
        var context = TemplateContext(secret: { found.values[$0] }, now: services.clock.wall)
        context.secretPlace = found.place
        context.issued = { [secrets] in secrets.add(issued: $0) }
        context.holdsSecret = { [secrets] in
            let redactor = secrets.redactor
            return redactor.redact($0) != $0
        }
        return context
    }

    /// Off the loop: a source may read a file.
    @concurrent private static func secrets(
        of scenario: JSONObject,
        _ tenant: TenantID,
        _ source: any SecretSource
    ) async throws -> JobSecrets {
        try await JobSecrets(of: scenario, tenant: tenant, from: source)
    }

    private func result(_ outcome: StepOutcome, of task: ToDo, after duration: Duration) throws -> JSONObject {
        let size = outcome.outputs.serialized().count
        guard size <= Self.outputLimit else {
            throw task.invalid("gave \(size) bytes of outputs; \(Self.outputLimit) are allowed, keep them as a file")
        }
        var json: JSONObject = [
            "status": "done", "action": .string(task.action.rawValue), "duration_ms": .integer(duration.milliseconds),
        ]
        json["page"] = task.page.map(JSONValue.string)
        if !outcome.outputs.isEmpty { json["outputs"] = .object(secrets.redactor.redact(data: outcome.outputs)) }
        if !outcome.touched.isEmpty { json["touched"] = .string(outcome.touched) }
        json["url"] = outcome.url.map(JSONValue.string)
        if !outcome.artifacts.isEmpty { json["artifacts"] = .array(outcome.artifacts.map { .object($0.payload) }) }
        if !outcome.callLog.isEmpty { json["call_log"] = .array(outcome.callLog.map(JSONValue.string)) }
        return json
    }

    private func failure(_ error: any Error, of task: ToDo) -> StepFailure {
        switch error {
        case let failure as StepFailure: return failure
        case let passed as DeadlinePassed:
            if passed.isAbandoned { logger.error("A task did not end when cancelled, its context is given up") }
            return StepFailure(
                reason: passed.isAbandoned ? .pageSessionLost : .timeout,
                message: "The task '\(task.id)' (\(task.action.rawValue)) \(passed); its timeout is "
                    + "\(task.timeout.milliseconds) ms."
                    + (passed.isAbandoned ? " Its context was given up; open another." : ""),
                isRetryable: true
            )
        case is CancellationError:
            return StepFailure(reason: .cancelled, message: "The task was stopped.", isRetryable: false)
        default:
            return StepFailure(
                reason: .internalError,
                message: "The task failed unexpectedly: \(error)",
                isRetryable: true
            )
        }
    }

    // MARK: Pages and files

    func pages() async throws -> JSONObject {
        guard let sessions else { return ["pages": []] }
        let executor = try executor(for: ToDo(id: "pages", index: 0, action: .goto))
        let pages = await (try await sessions.session(of: executor)).pages().map { page -> JSONValue in
            ["page": .string(page.name), "url": .string(page.url), "open": .bool(page.isOpen)]
        }
        return ["pages": .array(pages)]
    }

    /// A file of the session and where it lies.
    func file(_ name: String) async throws -> (artifact: Artifact, path: String) {
        let path = try await workspace.path(of: name)
        guard let artifact = await workspace.list().first(where: { path == "\(workspace.directory)/\($0.name)" }) else {
            throw StepFailure(reason: .artifactMissing, message: "The file '\(name)' is gone.", isRetryable: false)
        }
        return (artifact, path)
    }

    /// A file: its bytes when they are few, else where to fetch them.
    func artifact(_ name: String, inlineLimit: Int) async throws -> JSONObject {
        let (artifact, _) = try await file(name)
        var json = artifact.payload
        let place = PercentCoding.encode(artifact.name)
        json["path"] = .string("/sessions/\(id)/artifacts/\(place)")
        if artifact.bytes <= inlineLimit {
            json["base64"] = .string(Base64.encode(try await workspace.read(artifact.name, limit: inlineLimit)))
        }
        return json
    }

    func put(_ name: String, contentType: String, _ bytes: [UInt8]) async throws -> JSONObject {
        try await workspace.write(bytes, name: name, contentType: contentType, overwrite: false).payload
    }
}
