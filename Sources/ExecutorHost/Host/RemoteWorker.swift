import EventLoops
import FoundationEssentials
import HTTPClient
import JobModel
import JobWorker
import Security
import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// `cpa worker`: jobs from Redis, everything else by the scheduler's API.
struct RemoteWorker {
    let invocation: Invocation
    let signals: Signals

    init(_ invocation: Invocation, signals: Signals) {
        self.invocation = invocation
        self.signals = signals
    }

    /// Works until a signal comes; then finishes or hands back what runs.
    func run() async throws -> ExitCode {
        let configuration = invocation.configuration
        guard let redis = configuration[.redisURL] else {
            throw HostError(.usage, "a worker needs the Redis of its scheduler: --redis <url> or CPA_REDIS_URL")
        }
        let key = try Self.apiKey(configuration)
        let paths = Paths(configuration)
        try Paths.make(paths.work)
        let log = StderrLogSink(level: Logger.Level(rawValue: configuration.text(.logLevel)) ?? .info)
        let logger = Logger(sink: log)
        try StartCheck(invocation, logger).run(
            readsSecrets: true,
            openFiles: OpenFiles.raise(),
            neededFiles: OpenFiles.ofWorker
        )
        try await Self.checkKey(configuration, logger)
        let dispatch = try await Dispatch(url: redis, queue: configuration.text(.queue), logger: logger)
        let shop = try WorkShop(
            configuration,
            environment: invocation.environment,
            directory: paths.work,
            guards: try Guards(configuration, allowsLoopback: false, logger: logger),
            log: log,
            index: dispatch.index,
            heartbeat: { try dispatch.heartbeat(on: $0) },
            link: { HTTPSchedulerLink(transport: $0, base: configuration.text(.schedulerURL), key: key) }
        )
        shop.stop(on: signals)
        await shop.warmUp()
        logger.info("Worker started", ["scheduler": configuration.text(.schedulerURL)])
        await shop.worker.run()
        await shop.close()
        await dispatch.close()
        logger.info("Worker ended")
        await log.close()
        return .ok
    }

    /// A key that is no good is said at once: each job this worker took would wait for the end of a lease.
    private static func checkKey(_ configuration: Configuration, _ logger: Logger) async throws {
        let found: (reach: WorkReach, tenant: String, refusal: String?)
        do {
            found = try await SchedulerClient.with(configuration) { try await $0.reach() }
        } catch let error as HostError where error.exitCode == .unavailable {
            logger.warning("The scheduler does not answer yet", ["error": error.message])
            return
        }
        switch found.reach {
        case .all: return
        case .own:
            logger.warning(
                "This worker's key is good for the jobs of one tenant; those of others it takes wait for the end of a lease",
                ["tenant": found.tenant]
            )
        case .none:
            throw HostError(
                .failed,
                "the scheduler at \(configuration.text(.schedulerURL)) refuses this worker's key: "
                    + "\(found.refusal ?? "it is not made for workers"); "
                    + "'cpa keys create NAME --scopes work' makes one there, CPA_API_KEY hands it over"
            )
        }
    }

    /// The key of the settings, or the one in the data directory.
    static func apiKey(_ configuration: Configuration) throws -> String {
        if let key = configuration[.apiKey] { return key }
        let path = Paths(configuration).apiKey
        guard access(path, F_OK) == 0 else {
            throw HostError(
                .usage,
                "there is no API key: set CPA_API_KEY, or --data-dir to where 'cpa serve' keeps \(path)"
            )
        }
        return try KeyFile.read(path).split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
    }
}

extension WorkShop {
    /// The first signal drains, the second abandons; a third is not waited for.
    func stop(on signals: Signals) {
        signals.onSignal { [worker] number, count in
            switch count {
            case 1: Task { await worker.drain() }
            case 2: Task { await worker.stop() }
            default: _exit(Signals.exitCode(of: number).rawValue)
            }
        }
    }
}
