package import JSON
package import JobModel
package import JobQueue
package import Storage
package import Telemetry

/// The life cycle of jobs: what the API, the CLI and workers call, and what goes on behind them.
///
/// Every call that changes something is one transaction and returns after its commit. Nothing is kept in memory that a
/// restart would miss: `run` finds everything in the store.
package final class Scheduler: Sendable {
    let writer: JobWriter
    let inbox: LAMInbox
    let index: any DispatchIndex
    let files: ArtifactFiles
    package let configuration: SchedulerConfiguration
    let logger: Logger
    let relay: OutboxRelay
    let sweeper: LeaseSweeper
    let reconciler: Reconciler
    let janitor: Janitor
    let schedules: ScheduleRunner
    let webhooks: WebhookRunner
    let agentInbox: AgentInbox
    let monitor: AgentMonitor
    /// Nil when there is no way to endpoints.
    let dispatcher: AgentDispatcher?
    let directory = AgentDirectory()
    let words = JobWordsCache()
    let keeper: AuditKeeper
    let wakeReconciler: Signal
    let staleMessages: Counter

    /// A scheduler on a store and an index; call `run` to start what goes on behind the calls.
    ///
    /// - Parameters:
    ///   - agents: the way to agents that have an endpoint; without it they get nothing.
    ///   - checkpoints: where the heads of the audit chains are signed; nil signs nothing.
    package init(
        store: any Store,
        index: any DispatchIndex,
        files: ArtifactFiles,
        configuration: SchedulerConfiguration = SchedulerConfiguration(),
        webhooks: (transport: any WebhookTransport, signer: WebhookSigner)? = nil,
        environment: SchedulerEnvironment = .live,
        agents: (any AgentCaller)? = nil,
        checkpoints: AuditCheckpointFile? = nil,
        logger: Logger = .silent,
        metrics: MetricRegistry = MetricRegistry()
    ) {
        let progress = ProgressHub(watcherLimit: configuration.watcherLimit)
        let wakeRelay = Signal()
        wakeReconciler = Signal()
        let wakeWebhooks = Signal()
        let announcer = Announcer(
            progress: progress,
            relay: wakeRelay,
            webhooks: wakeWebhooks,
            logger: logger,
            metrics: metrics
        )
        writer = JobWriter(store: store, announcer: announcer, environment: environment)
        let desk = ConversationDesk(
            writer: writer,
            limits: configuration.contractNet,
            hub: ConversationHub(),
            dispatch: Signal(),
            activity: Signal()
        )
        inbox = LAMInbox(writer: writer, configuration: configuration, desk: desk)
        agentInbox = AgentInbox(desk: desk, configuration: configuration)
        self.index = index
        self.files = files
        self.configuration = configuration
        self.logger = logger.with("component", "scheduler")
        relay = OutboxRelay(
            store: store,
            index: index,
            logger: self.logger,
            wake: wakeRelay,
            reconcile: wakeReconciler
        )
        sweeper = LeaseSweeper(writer: writer, index: index, configuration: configuration, logger: self.logger)
        reconciler = Reconciler(writer: writer, index: index, configuration: configuration, logger: self.logger)
        janitor = Janitor(
            writer: writer,
            files: files,
            retention: configuration.retention,
            interval: configuration.cleaningInterval,
            logger: self.logger
        )
        schedules = ScheduleRunner(
            writer: writer,
            configuration: configuration,
            directory: directory,
            logger: self.logger
        )
        self.webhooks = WebhookRunner(
            writer: writer,
            transport: webhooks?.transport,
            signer: webhooks?.signer,
            logger: self.logger,
            metrics: metrics,
            wake: wakeWebhooks
        )
        keeper = AuditKeeper(
            writer: writer,
            checkpoints: checkpoints,
            interval: configuration.checkpointInterval,
            retention: configuration.auditRetention,
            logger: self.logger
        )
        monitor = AgentMonitor(desk: desk, caller: agents, logger: self.logger)
        let (conversations, log) = (agentInbox, self.logger)
        dispatcher = agents.map { caller in
            AgentDispatcher(inbox: conversations, caller: caller, wake: desk.dispatch, logger: log)
        }
        staleMessages = metrics.counter("cpa_stale_messages_total")
    }

    /// Feeds the index, sweeps leases and reconciles, until cancelled.
    package func run() async {
        await withTaskGroup { group in
            group.addTask { await self.relay.run() }
            group.addTask { await self.sweeper.run() }
            group.addTask { await self.janitor.run() }
            group.addTask { await self.schedules.run() }
            group.addTask { await self.webhooks.run() }
            group.addTask { await self.monitor.run() }
            group.addTask { await self.keeper.run() }
            if let dispatcher = self.dispatcher { group.addTask { await dispatcher.run() } }
            group.addTask { await self.reconciler.run(wake: self.wakeReconciler) }
        }
    }

    /// Signs what the audit has so far; called once more before the store is closed.
    ///
    /// - Throws: `SchedulerError`, `StorageError`, `CryptographyError`.
    package func signAudit() async throws { try await keeper.sign() }

    /// Ends every watch; calls still work until the store is closed.
    package func close() { writer.announcer.progress.close() }

    /// Takes a message of a worker; answers after the commit.
    ///
    /// - Throws: `SchedulerError`; nothing was changed then. A full disk is `unavailable` here: what a worker has to say must
    ///   wait for space, not be dropped.
    package func receive(_ message: LAMMessage) async throws -> JSONObject {
        do {
            return try await inbox.receive(message)
        } catch let error as SchedulerError {
            if error.code == .staleEpoch {
                staleMessages.increment()
                logger.info("A stale message was refused", ["message": message.id.rawValue, "why": error.message])
            }
            throw error.code == .storageFull ? SchedulerError(.unavailable, error.message) : error
        }
    }
}
