import Cryptography
import EventLoops
import FoundationEssentials
import HTTPClient
import HTTPServer
import JobModel
import JobScheduler
import JobWorker
import NetworkPolicy
import Planning
import SchedulerAPI
import Security
import Storage
import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// `cpa serve`: the API, the scheduler, and workers in the same process.
struct Server {
    let invocation: Invocation
    let signals: Signals

    init(_ invocation: Invocation, signals: Signals) {
        self.invocation = invocation
        self.signals = signals
    }

    /// Serves until a signal comes; then finishes or hands back what runs.
    func run() async throws -> ExitCode {
        let configuration = invocation.configuration
        let tls = try Self.tlsContext(configuration)
        let paths = Paths(configuration)
        try Paths.make(paths.root)
        let log = StderrLogSink(level: Logger.Level(rawValue: configuration.text(.logLevel)) ?? .info)
        let logger = Logger(sink: log)
        let check = StartCheck(invocation, logger)
        try check.run(
            readsSecrets: configuration.count(.workers) > 0,
            openFiles: OpenFiles.raise(),
            neededFiles: OpenFiles.ofServer
        )
        check.checkCheckpoints()
        let metrics = MetricRegistry()
        // For what the scheduler itself asks of others: webhooks, keys of identity providers.
        let callLoop = EventLoop(name: "cpa-calls")
        let calls = CurlTransport(on: callLoop)
        let tokens = try TokenSource.authority(configuration, calls, logger)
        let guards = try Guards(configuration, allowsLoopback: false, logger: logger)
        let dispatch = try await Dispatch(
            url: configuration[.redisURL],
            queue: configuration.text(.queue),
            mayBeAway: true,
            logger: logger
        )
        try await dispatch.own(by: paths.owner)
        let keys = try AuditKeys(paths)
        let checkpoints = try await AuditCheckpointFile(
            path: configuration[.auditCheckpoints] ?? paths.auditCheckpoints,
            seed: keys.seed,
            logger: logger
        )
        let signer = try WebhookSecrets.signer(configuration)
        let local = try await LocalScheduler(
            database: paths.database,
            artifacts: paths.artifacts,
            index: dispatch.index,
            isIndexVolatile: dispatch.isVolatile,
            lease: configuration.duration(.lease),
            retention: retention,
            policies: guards.policies,
            hasBallast: true,
            agents: HTTPAgentCaller(
                transport: calls,
                policy: try guards.addresses(of: .agentEndpoints, configuration),
                signer: signer
            ),
            vault: try AuditVault(master: keys.master),
            checkpoints: checkpoints,
            auditRetention: auditRetention,
            agentEndpoints: agentEndpoints,
            webhooks: (
                WebhookCaller(
                    calls,
                    policy: try guards.addresses(opening: .webhookAllow, configuration),
                    plain: configuration.list(.webhookAllow)
                ),
                signer
            ),
            metrics: metrics,
            logger: logger
        )
        let authority = APIKeyAuthority(store: local.store, now: SchedulerEnvironment.live.now)
        if try await authority.createFirstKey(writingTo: paths.apiKey) {
            logger.info("No API key was good for everything: one was made", ["path": paths.apiKey])
        }
        let intents = try await Self.intents(configuration, logger)
        let loop = EventLoop(name: "cpa-api")
        let shop = try makeShop(paths, log, guards, dispatch, local.scheduler, metrics)
        let sessions = try await makeDesk(shop, local, on: loop, paths, log)
        let api = APIServer(
            scheduler: local.scheduler,
            authority: authority,
            tokens: tokens,
            sessions: sessions,
            intents: intents,
            settings: settings,
            metrics: metrics,
            logger: logger
        )
        let listener = try await listen(api, tls, on: loop, logger)
        guards.own.add(port: await listener.localPort)
        await serve(api, tokens, local.scheduler, shop, sessions, logger) { await dispatch.keepOwned(by: paths.owner) }
        await sessions?.drain()
        await listener.close()
        await sessions?.close()
        await shop?.close()
        do {
            try await local.scheduler.signAudit()
        } catch { logger.error("The audit could not be signed", ["error": "\(error)"]) }
        await local.close()
        await dispatch.close()
        await calls.shutdown()
        await callLoop.shutdown()
        logger.info("Server ended")
        await log.close()
        return .ok
    }

    // MARK: Parts

    private var agentEndpoints: Set<String> {
        let names = (invocation.configuration[.agentEndpoints] ?? "").split(separator: ",")
        return Set(names.map { $0.filter { $0 != " " }.lowercased() })
    }

    private var auditRetention: AuditRetention {
        let configuration = invocation.configuration
        func age(_ setting: Setting) -> Duration? {
            configuration[setting] == nil ? nil : configuration.duration(setting)
        }
        var retention = AuditRetention()
        retention.operation = age(.keepAudit)
        retention.administration = age(.keepAuditAdministration)
        retention.personal = age(.keepAuditPersonal)
        return retention
    }

    private var retention: Retention {
        let configuration = invocation.configuration
        var retention = Retention()
        if configuration[.keepJobs] != nil { retention.jobs = configuration.duration(.keepJobs) }
        if configuration[.keepCount] != nil { retention.count = configuration.count(.keepCount) }
        if configuration[.keepFiles] != nil { retention.files = configuration.duration(.keepFiles) }
        return retention
    }

    private var settings: APISettings {
        var settings = APISettings()
        settings.backup = { [paths = Paths(invocation.configuration)] in
            let directory = paths.backup(at: SchedulerEnvironment.live.now())
            let content = try await Backup.make(
                database: paths.database,
                artifacts: paths.artifacts,
                in: directory
            )
            return (directory, content)
        }
        settings.version = CommandLineTool.version
        let configuration = invocation.configuration
        settings.allowedOrigins = Set(configuration.list(.allowedOrigins))
        settings.rateLimit = configuration.rate(.rateLimit)
        settings.rateLimitByAddress = configuration.rate(.rateLimitByAddress)
        settings.failureLimit = configuration.rate(.failedKeys)
        return settings
    }

    /// What sentences may ask for.
    ///
    /// - Throws: `InvalidInput` when a file that is named, or the usual one, cannot be used.
    static func intents(_ configuration: Configuration, _ logger: Logger) async throws -> IntentCatalogue {
        let path = configuration.text(.intentsFile)
        if configuration.origin(of: .intentsFile) == .fallback, access(path, F_OK) != 0 { return IntentCatalogue() }
        return try await IntentCatalogue(path: path, logger: logger)
    }

    /// Certificate and key of the settings, read before anything is opened; nil for plain HTTP.
    static func tlsContext(_ configuration: Configuration) throws -> TLSServerContext? {
        switch (configuration[.tlsCertificate], configuration[.tlsKey]) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            do {
                return try TLSServerContext(certificateFile: certificate, keyFile: key)
            } catch {
                throw HostError(.usage, "\(error.message) (--tls-cert, --tls-key)")
            }
        case (_?, nil): throw HostError(.usage, "--tls-cert needs its key: --tls-key <file> or CPA_TLS_KEY")
        case (nil, _?): throw HostError(.usage, "--tls-key needs its certificate: --tls-cert <file> or CPA_TLS_CERT")
        }
    }

    private func listen(
        _ api: APIServer,
        _ tls: TLSServerContext?,
        on loop: EventLoop,
        _ logger: Logger
    ) async throws -> HTTPListener {
        let text = invocation.configuration.text(.listen)
        guard let address = HostAddress(text) else { preconditionFailure("Cannot listen at '\(text)': it was checked") }
        let names = invocation.configuration[.allowedHosts].map { names in
            Set(names.split(separator: ",").map { String($0.filter { $0 != " " }).lowercased() })
        }
        var limits = settings.listenerSettings(hosts: (names ?? []).union([address.host]))
        limits.connectionLimitPerAddress = invocation.configuration.count(.connectionsPerAddress)
        limits.hostRemedy = "the operator lists the names it is known under: --allowed-hosts or CPA_ALLOWED_HOSTS"
        limits.tls = tls
        do {
            let listener = try await HTTPListener.start(
                on: loop,
                sharing: Self.furtherLoops(),
                host: address.host,
                port: address.port,
                settings: limits,
                logger: logger,
                handler: api
            )
            let port = await listener.localPort
            logger.info(
                "The API listens",
                ["address": "\(address.host):\(port)", "scheme": tls == nil ? "http" : "https"]
            )
            if tls == nil, !address.isLoopback {
                logger.warning(
                    "The API is served to other machines without TLS: keys travel in clear",
                    ["remedy": "give it a certificate (--tls-cert, --tls-key), or put a gateway with TLS before it"]
                )
            }
            if names == nil, address.isEveryInterface {
                logger.warning(
                    "The API listens to other machines, and takes requests for localhost only",
                    ["remedy": "list the names and addresses it is known under: --allowed-hosts or CPA_ALLOWED_HOSTS"]
                )
            }
            return listener
        } catch let error as EventLoopError {
            await loop.shutdown()
            let remedy =
                error.code == .addressInUse
                ? "is another 'cpa serve' running? --listen takes another port"
                : "--listen takes an address of this machine, such as 127.0.0.1:7070"
            throw HostError(.unavailable, "cannot listen at \(address): \(error.message); \(remedy)")
        }
    }

    /// One loop serves some ten thousand requests a second; a machine of several cores can do with more.
    private static func furtherLoops() -> [EventLoop] {
        (1..<max(1, min(EventLoop.coreCount, 4))).map { EventLoop(name: "cpa-api-\($0 + 1)") }
    }

    /// Nil when this process shall run no jobs itself.
    private func makeShop(
        _ paths: Paths,
        _ log: StderrLogSink,
        _ guards: Guards,
        _ dispatch: Dispatch,
        _ scheduler: Scheduler,
        _ metrics: MetricRegistry
    ) throws -> WorkShop? {
        guard invocation.configuration.count(.workers) > 0 else { return nil }
        try Paths.make(paths.work)
        return try WorkShop(
            invocation.configuration,
            environment: invocation.environment,
            directory: paths.work,
            guards: guards,
            log: log,
            metrics: metrics,
            index: dispatch.index,
            heartbeat: { try dispatch.heartbeat(on: $0) },
            link: { _ in DirectLink(scheduler: scheduler) }
        )
    }

    /// Nil when this process drives no browsers for others.
    private func makeDesk(
        _ shop: WorkShop?,
        _ local: LocalScheduler,
        on loop: EventLoop,
        _ paths: Paths,
        _ log: StderrLogSink
    ) async throws -> SessionDesk? {
        guard let shop, invocation.configuration.count(.sessions) > 0 else { return nil }
        return try await SessionDesk(
            invocation.configuration,
            shop: shop,
            store: local.store,
            clock: .live(on: loop),
            in: paths.work,
            log: log
        )
    }

    /// Everything at work beside each other, until the worker has ended or, without one, a signal comes.
    private func serve(
        _ api: APIServer,
        _ tokens: TokenAuthority?,
        _ scheduler: Scheduler,
        _ shop: WorkShop?,
        _ sessions: SessionDesk?,
        _ logger: Logger,
        keeping queue: @escaping @Sendable () async -> Void
    ) async {
        async let _: Void = queue()
        async let _: Void = scheduler.run()
        async let _: Void = api.intents.run()
        async let _: Void? = tokens?.warmUp()
        signals.onSignal { _, count in
            guard count == 1 else { return }
            api.drain()
            // Not structured: a signal has no task; `run` waits for the same end.
            Task { await sessions?.drain() }
        }
        if let shop {
            shop.stop(on: signals)
            await shop.warmUp()
            await shop.worker.run()
        } else {
            await firstSignal()
        }
        logger.info("Server ends")
    }

    private func firstSignal() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        signals.onSignal { number, count in
            continuation.finish()
            if count > 1 { _exit(Signals.exitCode(of: number).rawValue) }
        }
        for await _ in stream {}
    }
}
