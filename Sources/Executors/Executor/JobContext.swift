package import JSON
package import JobModel
package import Telemetry

/// What an executor may know and use of its job.
package struct JobContext: Sendable {
    /// Takes the step's key and the question, gives the answer.
    ///
    /// - Throws: `StepFailure`, `CancellationError`.
    package typealias Delegate = @Sendable (JournalKey, JSONObject) async throws -> JSONObject

    /// The job.
    package var job: JobID
    /// Its tenant.
    package var tenant: TenantID
    /// Counts the fresh runs of the job, from 0: each does all effects again.
    package var run: Int
    /// The scenario's `browser` member: viewport, locale, timezone, …
    package var browserOptions: JSONObject
    /// The scenario's `on_dialog` member: `accept`, `dismiss`, `fail`, or an answer.
    package var onDialog: JSONValue?
    /// The scenario's `overlays`: what may cover pages, and how each is closed.
    package var overlays: [JSONValue]
    /// The job's files on this worker.
    package var workspace: any ArtifactWorkspace
    /// Removes secrets from text that people will see.
    package var redact: @Sendable (String) -> String
    /// Who hears what happens unasked; nobody for a job.
    package var events: ExecutorEvents?
    /// Asks the scheduler to have a step done by an agent, or how that stands (docs/lam.md); nil where there is none.
    package var delegate: Delegate?
    /// Hears what a policy keeps the job from outside its steps' own failures, such as a picture of a closed host.
    package var denied: @Sendable (PolicyDenial) -> Void
    /// Bytes of one file that pages may be given, as the tenant's policy is now; nil for any number.
    package var uploadLimit: @Sendable () -> Int?
    /// Carries job and tenant ids.
    package var logger: Logger

    /// A context.
    package init(
        job: JobID,
        tenant: TenantID,
        run: Int = 0,
        browserOptions: JSONObject = [:],
        onDialog: JSONValue? = nil,
        overlays: [JSONValue] = [],
        workspace: any ArtifactWorkspace,
        redact: @escaping @Sendable (String) -> String = { $0 },
        events: ExecutorEvents? = nil,
        delegate: Delegate? = nil,
        denied: @escaping @Sendable (PolicyDenial) -> Void = { _ in },
        uploadLimit: @escaping @Sendable () -> Int? = { nil },
        logger: Logger = .silent
    ) {
        self.job = job
        self.tenant = tenant
        self.run = run
        self.browserOptions = browserOptions
        self.onDialog = onDialog
        self.overlays = overlays
        self.workspace = workspace
        self.redact = redact
        self.events = events
        self.delegate = delegate
        self.denied = denied
        self.uploadLimit = uploadLimit
        self.logger = logger
    }
}
