import FoundationEssentials
import JobModel
import JobQueue
import JobScheduler
import Security
import Storage
import Telemetry

/// A scheduler with its store and files on this machine.
final class LocalScheduler: Sendable {
    let scheduler: Scheduler
    let store: SQLiteStore
    let files: ArtifactFiles

    /// Opens the database and the directory of files, making what is missing.
    ///
    /// - Parameter hasBallast: whether room is kept for a full disk; for those that stay.
    init(
        database: String,
        artifacts: String,
        index: any DispatchIndex,
        isIndexVolatile: Bool,
        lease: Duration,
        retention: Retention = Retention(),
        policies: PolicySource = PolicySource(),
        hasBallast: Bool = false,
        environment: SchedulerEnvironment = .live,
        agents: (any AgentCaller)? = nil,
        vault: AuditVault? = nil,
        checkpoints: AuditCheckpointFile? = nil,
        auditRetention: AuditRetention = AuditRetention(),
        agentEndpoints: Set<String> = [],
        webhooks: (transport: any WebhookTransport, signer: WebhookSigner)? = nil,
        metrics: MetricRegistry = MetricRegistry(),
        logger: Logger
    ) async throws {
        try Paths.make(artifacts)
        store = try await SQLiteStore(path: database, vault: vault)
        var environment = environment
        var backing: any Store = store
        if hasBallast {
            let ballast = Ballast(path: database + ".ballast")
            if await !ballast.reserve() {
                logger.warning("The disk is almost full: new jobs wait for room", ["database": database])
            }
            environment.hasRoom = { await ballast.reserve() }
            backing = BallastedStore(store, ballast: ballast)
        }
        files = try await ArtifactFiles(directory: artifacts)
        var configuration = SchedulerConfiguration()
        configuration.lease = lease
        configuration.retention = retention
        configuration.agentEndpoints = agentEndpoints
        configuration.auditRetention = auditRetention
        configuration.policies = policies
        configuration.isIndexVolatile = isIndexVolatile
        scheduler = Scheduler(
            store: backing,
            index: index,
            files: files,
            configuration: configuration,
            webhooks: webhooks,
            environment: environment,
            agents: agents,
            checkpoints: checkpoints,
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
