import FoundationEssentials
import JobModel
import JobQueue
import JobScheduler
import Storage
import Telemetry

/// A scheduler with its store and files on this machine.
final class LocalScheduler: Sendable {
    let scheduler: Scheduler
    let store: SQLiteStore
    let files: ArtifactFiles

    /// Opens the database and the directory of files, making what is missing.
    init(
        database: String,
        artifacts: String,
        index: any DispatchIndex,
        isIndexVolatile: Bool,
        lease: Duration,
        retention: Retention = Retention(),
        environment: SchedulerEnvironment = .live,
        webhooks: (transport: any WebhookTransport, signer: WebhookSigner)? = nil,
        metrics: MetricRegistry = MetricRegistry(),
        logger: Logger
    ) async throws {
        try Paths.make(artifacts)
        store = try await SQLiteStore(path: database)
        files = try await ArtifactFiles(directory: artifacts)
        var configuration = SchedulerConfiguration()
        configuration.lease = lease
        configuration.retention = retention
        configuration.isIndexVolatile = isIndexVolatile
        scheduler = Scheduler(
            store: store,
            index: index,
            files: files,
            configuration: configuration,
            webhooks: webhooks,
            environment: environment,
            logger: logger,
            metrics: metrics
        )
    }

    /// Ends watches and closes the database; `run` must have ended.
    func close() async {
        scheduler.close()
        await store.close()
    }
}
