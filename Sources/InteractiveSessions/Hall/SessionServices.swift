import Cryptography
package import Executors
import JobModel
package import JobWorker
package import Security
package import Storage
package import Telemetry

/// What sessions work with; made once a process by whoever wires the rooms.
package struct SessionServices: Sendable {
    /// The executors; those of browser and file are used.
    package var registry: ExecutorRegistry
    /// Where secrets come from: the same as for jobs.
    package var secrets: any SecretSource
    /// Time.
    package var clock: WorkerClock
    /// An existing directory of this process for the files of sessions, each in a directory of its own.
    package var directory: String
    /// How much a session may keep there.
    package var workspaceLimits: WorkspaceLimits
    /// What tasks may do; each is checked before it runs.
    package var policies = PolicySource()
    /// Chains entries to the audit, in order; returns when they are durable.
    package var audit: @Sendable ([AuditEntry]) async throws -> Void
    /// Where log lines go.
    package var logSink: any LogSink
    /// Makes ids of sessions.
    package var newID: @Sendable () -> SessionID

    /// Services.
    package init(
        registry: ExecutorRegistry,
        secrets: any SecretSource,
        clock: WorkerClock,
        directory: String,
        workspaceLimits: WorkspaceLimits = WorkspaceLimits(),
        audit: @escaping @Sendable ([AuditEntry]) async throws -> Void,
        logSink: any LogSink,
        newID: @escaping @Sendable () -> SessionID = { SessionID("s-" + Hex.encode(RandomBytes.generate(12))) }
    ) {
        self.registry = registry
        self.secrets = secrets
        self.clock = clock
        self.directory = directory
        self.workspaceLimits = workspaceLimits
        self.audit = audit
        self.logSink = logSink
        self.newID = newID
    }
}
