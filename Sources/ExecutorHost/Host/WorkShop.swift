import BrowserAutomation
import Cryptography
import EventLoops
import Executors
import FoundationEssentials
import HTTPClient
import JobModel
import JobQueue
import JobWorker
import MicrosoftGraph
import Security
import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// A worker with everything it works with: loops, browsers, mail, files.
///
/// Made once a process; `close` gives everything back, also after failures.
final class WorkShop: Sendable {
    let worker: Worker
    /// All executors, for whoever else runs tasks in this process; the worker's are those that have what they need.
    let registry: ExecutorRegistry
    /// Where secrets come from.
    let secrets: any SecretSource
    /// What keeps jobs within bounds.
    let guards: Guards
    private let pool: BrowserPool
    private let transport: CurlTransport
    /// The scheduler's own: it may be known to other authorities than the rest of the world.
    private let schedulerTransport: CurlTransport
    private let heartbeatIndex: any DispatchIndex

    /// Puts a worker together; nothing is started but the loops' threads.
    ///
    /// - Parameters:
    ///   - directory: where jobs work; made by the caller.
    ///   - isForOneJob: whether the process ends with its first job.
    ///   - guards: what keeps jobs within bounds.
    ///   - index: for claims.
    ///   - heartbeat: makes the index for renewals on a loop with nothing else on it.
    ///   - link: makes the way to the scheduler.
    init(
        _ configuration: Configuration,
        environment: [String: String],
        directory: String,
        isForOneJob: Bool = false,
        guards: Guards,
        attended: (attendance: Attendance, terminal: Terminal)? = nil,
        log: any LogSink,
        metrics: MetricRegistry = MetricRegistry(),
        index: any DispatchIndex,
        heartbeat: (EventLoop) throws -> any DispatchIndex,
        link: (CurlTransport) -> any SchedulerLink
    ) throws {
        let logger = Logger(sink: log)
        self.guards = guards
        let browserLoop = EventLoop(name: "cpa-browser")
        let networkLoop = EventLoop(name: "cpa-network")
        let heartbeatLoop = EventLoop(name: "cpa-heartbeat")
        transport = CurlTransport(on: networkLoop)
        schedulerTransport = CurlTransport(
            on: networkLoop,
            settings: CurlSettings(certificateAuthorities: configuration[.schedulerCAFile])
        )
        let browser = try Self.browser(
            configuration,
            environment,
            guards,
            isHeaded: attended?.attendance.isHeaded ?? false
        )
        pool = BrowserPool(
            on: [browserLoop],
            browser,
            settings: Self.pool(configuration, isForOneJob: isForOneJob),
            logger: logger.with("component", "browser")
        )
        let mailSetup = try MailSetup(configuration)
        let mail = mailSetup.provider(transport, networkLoop, logger.with("component", "mail"))
        var executors: [any Executor] = [
            BrowserExecutor(contexts: pool) { [policies = guards.policies] tenant in
                policies[tenant].scripts ?? configuration.boolean(.browserScripts)
            },
            MailExecutor(
                provider: mail,
                sender: configuration[.graphMailbox],
                guards: [try MailSetup.rules(configuration), PolicyMailGuard(policies: guards.policies)]
            ), FileExecutor(), AgentExecutor(),
        ]
        if let (attendance, terminal) = attended {
            let keeper = StepKeeper(terminal)
            executors = executors.map { AttendedExecutor(base: $0, attendance: attendance, keeper: keeper) }
        }
        registry = ExecutorRegistry(executors)
        // The one worker there will be takes everything, and the failure says what to set or install.
        let gaps = isForOneJob ? [:] : Self.gaps(browser, mailSetup)
        for (executor, missing) in gaps.sorted(by: { $0.key < $1.key }) {
            logger.info("Tasks of this executor are left to other workers", ["executor": executor, "missing": missing])
        }
        secrets = try Self.secrets(configuration, environment, transport)
        var services = WorkerServices(
            registry: ExecutorRegistry(executors.filter { gaps[$0.name] == nil }),
            link: link(schedulerTransport),
            secrets: secrets,
            clock: .live(on: networkLoop),
            directory: directory,
            logSink: log,
            metrics: metrics
        )
        services.policies = guards.policies
        // A person may think about a failing step as long as they like.
        if attended != nil { services.stepSlack = .seconds(86_400) }
        heartbeatIndex = try heartbeat(heartbeatLoop)
        worker = Worker(
            options: WorkerOptions(
                id: WorkerID(Self.processID()),
                capacity: isForOneJob ? 1 : max(1, configuration.count(.workers)),
                lease: configuration.duration(.lease),
                // A lease that could not be renewed at a third must not be given up before the next try.
                leaseMargin: min(.seconds(4), configuration.duration(.lease) / 4),
                // The end waits for a claim that is under way.
                claimWait: isForOneJob ? .milliseconds(200) : .seconds(2)
            ),
            services: services,
            index: index,
            heartbeatIndex: heartbeatIndex,
            heartbeatLoop: heartbeatLoop,
            heartbeatClock: .live(on: heartbeatLoop)
        )
    }

    /// Starts browsers before the first job needs one.
    func warmUp() async { await pool.open() }

    /// Closes browsers and connections; the worker must have ended.
    ///
    /// The loops end with the process: a pause that was cancelled a moment ago may still want to say so on its loop.
    func close() async {
        await pool.close()
        await transport.shutdown()
        await schedulerTransport.shutdown()
        await heartbeatIndex.close()
    }

    // MARK: Parts

    private static func browser(
        _ configuration: Configuration,
        _ environment: [String: String],
        _ guards: Guards,
        isHeaded: Bool
    ) throws -> BrowserConfiguration {
        var browser = browser(configuration)
        browser.gate = guards.gate
        guard isHeaded else { return browser }
        browser.display = try Attendance.display(environment)
        if configuration[.browserPath] == nil { browser.executable = BrowserConfiguration.windowedExecutable }
        guard browser.isInstalled else {
            throw HostError(.unavailable, "--headed needs \(browser.executable): apt install chromium")
        }
        return browser
    }

    /// Browsers as the settings want them.
    static func browser(_ configuration: Configuration) -> BrowserConfiguration {
        var browser = BrowserConfiguration(isSandboxed: configuration.boolean(.browserSandbox))
        if let path = configuration[.browserPath] { browser.executable = path }
        browser.transport = .init(rawValue: configuration.text(.browserCDP)) ?? .webSocket
        return browser
    }

    /// What executors lack here, by their names: a job that needs one of them could only fail, so it waits for another worker.
    static func gaps(_ browser: BrowserConfiguration, _ mail: MailSetup) -> [String: String] {
        var gaps: [String: String] = [:]
        if !browser.isInstalled { gaps["browser"] = "there is no Chromium at \(browser.executable)" }
        gaps["mail"] = mail.gap
        return gaps
    }

    /// Contexts for the jobs and sessions there may be at once: neither can keep the other from working.
    private static func pool(_ configuration: Configuration, isForOneJob: Bool) -> BrowserPoolSettings {
        let sessions = isForOneJob ? 0 : configuration.count(.sessions)
        return BrowserPoolSettings(maximumJobs: max(1, configuration.count(.workers)) + sessions)
    }

    /// The environment first, then the file, the encrypted store, and Vault.
    private static func secrets(
        _ configuration: Configuration,
        _ environment: [String: String],
        _ transport: CurlTransport
    ) throws -> any SecretSource {
        var sources: [any SecretSource] = [EnvironmentSecrets(environment)]
        if let path = configuration[.secretsFile] { sources.append(SecretFile(path: path)) }
        sources.append(KeptSecrets(place: SecretsPlace(configuration, environment)))
        if let settings = try vault(configuration) { sources.append(VaultSecrets(settings, transport: transport)) }
        return SecretSources(sources)
    }

    /// Where Vault is; nil when none is to be asked.
    ///
    /// - Throws: `HostError` when there is an address without a token, or a token without an address.
    static func vault(_ configuration: Configuration) throws -> VaultSecrets.Settings? {
        switch (configuration[.vaultURL], configuration[.vaultToken]) {
        case (nil, nil): return nil
        case (let url?, let token?):
            return VaultSecrets.Settings(
                url: url,
                token: token,
                mount: configuration.text(.vaultMount),
                path: configuration.text(.vaultPath)
            )
        case (_?, nil): throw HostError(.usage, "vault_url is set: vault_token (CPA_VAULT_TOKEN) must let us in there")
        case (nil, _?):
            throw HostError(.usage, "vault_token is set: vault_url (CPA_VAULT_URL) must say for which Vault")
        }
    }

    /// `host-pid-xxxx`: people recognise it, and no two processes share one.
    static func processID() -> String {
        "\(Machine.name)-\(getpid())-\(Hex.encode(RandomBytes.generate(2)))"
    }
}
