package import JSON
package import JobModel
package import Telemetry

/// A kind of work a worker can do: browser, mail, file.
///
/// docs/executors.md shows how to add one.
package protocol Executor: Sendable {
    /// Its name, as in the `executor` member of a task.
    var name: String { get }
    /// The actions it offers; a worker offers the union of its executors'.
    var actions: Set<Action> { get }
    /// What a crash may repeat of this task.
    func effectClass(of task: ToDo) -> EffectClass
    /// Opens what one job needs (a browser context, nothing); opened lazily, before the job's first task of this executor.
    func openSession(for job: JobContext) async throws -> any ExecutorSession
}

/// An executor at work for one job; used by one job only and closed at its end.
package protocol ExecutorSession: Sendable {
    /// Does a task.
    ///
    /// Cancelling the Swift task must end it within 2 s. The deadline is `step.deadline`.
    /// - Throws: `StepFailure`, or `CancellationError`.
    func execute(_ step: Step) async throws -> StepOutcome

    /// Finds out whether an effect in doubt happened: there is an intent of an earlier run, but no result.
    func verify(_ step: Step) async throws -> Verification

    /// Gives everything back; called exactly once, also after failures.
    func close() async
}

/// A task whose templates are resolved: what `execute` gets.
package struct Step: Sendable {
    /// Job, task and iteration; keys of the journal and of mails.
    package var key: JournalKey
    /// The task with `selector`, `text` and `fields` resolved.
    package var task: ToDo
    /// When it must be over.
    package var deadline: ContinuousClock.Instant
    /// Takes ticks of progress; may drop them.
    package var report: @Sendable (JSONObject) -> Void

    /// A step.
    package init(
        key: JournalKey,
        task: ToDo,
        deadline: ContinuousClock.Instant,
        report: @escaping @Sendable (JSONObject) -> Void = { _ in }
    ) {
        self.key = key
        self.task = task
        self.deadline = deadline
        self.report = report
    }
}

/// What a task did.
package struct StepOutcome: Sendable {
    /// Values later templates name as `tasks.<id>.<name>`.
    package var outputs: JSONObject
    /// Files it made, already in the job's workspace.
    package var artifacts: [Artifact]
    /// What it touched, for people: `button "Anmelden"`, `https://…/invoices`, `invoice-2026-117.pdf (48 kB)`.
    package var touched: String
    /// URL of the page afterwards, when there is one.
    package var url: String?
    /// What was tried, folded.
    package var callLog: [String]

    /// An outcome.
    package init(
        outputs: JSONObject = [:],
        artifacts: [Artifact] = [],
        touched: String = "",
        url: String? = nil,
        callLog: [String] = []
    ) {
        self.outputs = outputs
        self.artifacts = artifacts
        self.touched = touched
        self.url = url
        self.callLog = callLog
    }
}

/// Why a task failed: a code for programs, sentences for people.
package struct StepFailure: Error, CustomStringConvertible, Sendable {
    /// The stable word.
    package var reason: ReasonCode
    /// What failed, with which value and where, and what to try next.
    package var message: String
    /// Whether trying again may help (application error) or not (business error, bad input).
    package var isRetryable: Bool
    /// What was tried, folded.
    package var callLog: [String]
    /// Screenshot and the like.
    package var artifacts: [Artifact]
    /// URL of the page, when there was one.
    package var url: String?
    /// The message.
    package var description: String { message }

    /// A failure.
    package init(
        reason: ReasonCode,
        message: String,
        isRetryable: Bool,
        callLog: [String] = [],
        artifacts: [Artifact] = [],
        url: String? = nil
    ) {
        self.reason = reason
        self.message = message
        self.isRetryable = isRetryable
        self.callLog = callLog
        self.artifacts = artifacts
        self.url = url
    }
}

/// The answer of `verify`.
package enum Verification: Sendable {
    /// It happened; this is its outcome.
    case happened(StepOutcome)
    /// It did not happen: doing it now is safe.
    case didNotHappen
    /// Nobody can tell: the job goes to `needs_review`.
    case unknown(String)
}

/// What an executor may know and use of its job.
package struct JobContext: Sendable {
    /// The job.
    package var job: JobID
    /// Its tenant.
    package var tenant: TenantID
    /// The scenario's `browser` member: viewport, locale, timezone, …
    package var browserOptions: JSONObject
    /// The scenario's `on_dialog` member: `accept`, `dismiss`, `fail`, or an answer.
    package var onDialog: JSONValue?
    /// The job's files on this worker.
    package var workspace: any ArtifactWorkspace
    /// Removes secrets from text that people will see.
    package var redact: @Sendable (String) -> String
    /// Carries job and tenant ids.
    package var logger: Logger

    /// A context.
    package init(
        job: JobID,
        tenant: TenantID,
        browserOptions: JSONObject = [:],
        onDialog: JSONValue? = nil,
        workspace: any ArtifactWorkspace,
        redact: @escaping @Sendable (String) -> String = { $0 },
        logger: Logger = .silent
    ) {
        self.job = job
        self.tenant = tenant
        self.browserOptions = browserOptions
        self.onDialog = onDialog
        self.workspace = workspace
        self.redact = redact
        self.logger = logger
    }
}

/// The files of one job where it runs; only names inside it can be reached.
package protocol ArtifactWorkspace: Sendable {
    /// Keeps bytes under a name; a name in use gets a suffix (`report-2.pdf`).
    func store(_ bytes: [UInt8], name: String, contentType: String) async throws -> Artifact
    /// Moves a file in (rename when possible).
    func adopt(path: String, name: String, contentType: String) async throws -> Artifact
    /// A path to read an artifact from, fetched by hash first when another worker made it.
    ///
    /// - Throws: `StepFailure` with `artifact_missing` that lists the names there are.
    func path(of name: String) async throws -> String
    /// The artifacts so far, by name.
    func list() async -> [Artifact]
}
