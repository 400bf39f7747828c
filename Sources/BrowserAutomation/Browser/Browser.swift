package import CDP
import CDPProtocol
package import EventLoops
import FoundationEssentials
package import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// One running Chromium and our connection to it.
///
/// Lives on one loop with all of its contexts and pages. When the process or the connection is lost, everything in it fails
/// with `browser_crashed` at once; it does not come back, `BrowserPool` starts another.
package actor Browser {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    package nonisolated let connection: CDPConnection
    /// Process id of the browser process, which is also its group's.
    package nonisolated let processID: Int32
    /// Name and version, as `HeadlessChrome/156.0.8078.79`.
    package nonisolated let version: String
    /// The only directory it can write to.
    package nonisolated let directory: BrowserDirectory
    private let process: BrowserProcess
    private let configuration: BrowserConfiguration
    private let transport: any CDPTransport
    private let userAgent: String
    private let logger: Logger

    private var contexts: [BrowserDomain.BrowserContextID: BrowserContext] = [:]
    private var endReason: BrowserError?
    private var isClosing = false
    private var ending: Task<Void, Never>?
    private var onEnd: (@Sendable (BrowserError) -> Void)?

    private init(
        process: BrowserProcess,
        connection: CDPConnection,
        transport: any CDPTransport,
        version: BrowserDomain.GetVersion.Reply,
        configuration: BrowserConfiguration,
        logger: Logger
    ) {
        self.process = process
        self.connection = connection
        self.transport = transport
        self.configuration = configuration
        self.logger = logger
        loop = connection.loop
        processID = process.processID
        directory = process.directory
        self.version = version.product
        userAgent = version.userAgent
    }

    /// Starts a browser; nothing is left behind when that fails.
    ///
    /// - Throws: `BrowserError` with `browserMissing`, `sandboxUnavailable` or `browserCrashed`.
    package static func launch(
        on loop: EventLoop,
        _ configuration: BrowserConfiguration = .init(),
        logger: Logger = .silent
    ) async throws -> Browser {
        var configuration = configuration
        if let gate = configuration.gate {
            do { configuration.ownDoor = try await gate.open() } catch { throw BrowserError.wrapping(error) }
        }
        do {
            return try await launchProcess(on: loop, configuration, logger)
        } catch {
            await configuration.ownDoor?.close()
            throw error
        }
    }

    private static func launchProcess(
        on loop: EventLoop,
        _ configuration: BrowserConfiguration,
        _ logger: Logger
    ) async throws -> Browser {
        let connection = CDPConnection(on: loop, logger: logger)
        let pipe = configuration.transport == .pipe ? CDPPipeTransport(connection) : nil
        let process = try await BrowserProcess.launch(on: loop, configuration, pipe)
        var transport: (any CDPTransport)? = pipe
        do {
            if let url = process.debuggerURL {
                transport = try await CDPWebSocketTransport.connect(connection, to: url, logger: logger)
            }
            guard let transport else { throw BrowserError(.browserCrashed, "Chromium does not say where it listens") }
            let version = try await connection.root.call(
                BrowserDomain.GetVersion(),
                deadline: configuration.launchDeadline
            )
            let browser = Browser(
                process: process,
                connection: connection,
                transport: transport,
                version: version,
                configuration: configuration,
                logger: logger
            )
            try await browser.begin()
            return browser
        } catch {
            await connection.close()
            await transport?.shutdown()
            await process.end(grace: .zero, on: loop)
            // Through the pipe, not starting looks like a lost connection.
            if pipe != nil, error is CDPError {
                throw await process.launchFailure(deadline: configuration.launchDeadline)
            }
            throw BrowserError.wrapping(error)
        }
    }

    private func begin() async throws {
        if let debuggerPort { configuration.gate?.close(port: debuggerPort) }
        await connection.handleRoot(by: self)
        process.whenNetworkIsLost { [weak self] in self?.assumeIsolated { $0.networkIsLost() } }
        // Not structured: it lives as long as the process and tells its end.
        ending = Task { [process] in
            let exit = await process.waitForExit()
            await self.processDidExit(exit)
        }
        // Pages only: what else Chromium starts runs without us.
        let pages = TargetDomain.FilterEntry(type: "page")
        try await connection.root.call(
            TargetDomain.SetAutoAttach(autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter: [pages])
        )
    }

    // MARK: Contexts

    /// A fresh context without pages.
    ///
    /// - Parameter owner: whose it is; nil when that is said later, as the pool does: until then nothing gets out of it.
    package func newContext(
        _ options: PageOptions = .init(),
        owner: NetworkOwner? = .unattended,
        deadline: Duration = .seconds(15)
    ) async throws -> BrowserContext {
        try checkOpen()
        let door = try await configuration.gate?.open()
        do {
            if let owner { try await door?.give(to: owner, proxy: options.proxy) }
            return try await newContext(options, through: door, deadline: deadline)
        } catch {
            await door?.close()
            throw BrowserError.wrapping(error)
        }
    }

    private func newContext(
        _ options: PageOptions,
        through door: (any NetworkDoor)?,
        deadline: Duration
    ) async throws -> BrowserContext {
        do {
            let id = try await connection.root.start(
                TargetDomain.CreateBrowserContext(
                    disposeOnDetach: true,
                    proxyServer: door?.server ?? options.proxy?.server,
                    proxyBypassList: door == nil ? options.proxy?.bypassList : ProxySettings.bypassesNothing
                ),
                deadline: deadline
            ).reply().browserContextID
            let context = BrowserContext(
                id: id,
                browser: self,
                options: options,
                door: door,
                maximumDownloadBytes: configuration.maximumDownloadBytes
            )
            contexts[id] = context
            do {
                try await allowDownloads(in: id, deadline: deadline)
                try await context.grantPermissions()
                return context
            } catch {
                await context.close()
                throw error
            }
        } catch {
            throw BrowserError.wrapping(error)
        }
    }

    private func allowDownloads(in context: BrowserDomain.BrowserContextID, deadline: Duration) async throws {
        try makeDownloadDirectory(of: context)
        try await connection.root.start(
            BrowserDomain.SetDownloadBehavior(
                behavior: .allowAndName,
                browserContextID: context,
                downloadPath: downloadDirectory(of: context),
                eventsEnabled: true
            ),
            deadline: deadline
        ).reply()
    }

    private nonisolated func downloadDirectory(of context: BrowserDomain.BrowserContextID) -> String {
        "\(directory.downloads)/\(context.rawValue)"
    }

    nonisolated func downloadPath(of id: String, in context: BrowserDomain.BrowserContextID) -> String {
        "\(downloadDirectory(of: context))/\(id)"
    }

    private func makeDownloadDirectory(of context: BrowserDomain.BrowserContextID) throws {
        let path = downloadDirectory(of: context)
        guard mkdir(path, 0o700) == 0 else {
            throw BrowserError(.downloadFailed, "Cannot create '\(path)': \(String(cString: strerror(errno)))")
        }
        try directory.giveToBrowser(path)
    }

    func forget(_ context: BrowserContext) async {
        let path = downloadDirectory(of: context.id)
        try? await loop.runBlocking { try FileManager.default.removeItem(atPath: path) }
        // It counts as long as there is anything of it.
        contexts[context.id] = nil
    }

    /// `http://127.0.0.1:<port>`, where Chromium describes its protocol; nil when no port is open.
    package nonisolated var debuggerAddress: String? {
        process.debuggerURL?.split(separator: "/").dropFirst().first.map { "http://\($0)" }
    }

    /// The port of that address.
    private nonisolated var debuggerPort: Int? {
        debuggerAddress?.split(separator: ":").last.flatMap { Int($0) }
    }

    /// Contexts that are open.
    package var contextCount: Int { contexts.count }
    package var openContexts: [BrowserContext] { Array(contexts.values) }

    /// Asks Chromium itself whether it works, and its network service, which has the cookies.
    package func probe(deadline: Duration = .seconds(2)) async throws {
        try checkOpen()
        do {
            let (browser, network) = (
                connection.root.start(BrowserDomain.GetVersion(), deadline: deadline),
                connection.root.start(StorageDomain.GetCookies(), deadline: deadline)
            )
            try await browser.reply()
            try await network.reply()
        } catch {
            throw BrowserError.wrapping(error)
        }
    }

    /// How many page targets Chromium has, whether we know them or not.
    package func targetCount() async throws -> Int {
        try await connection.root.call(TargetDomain.GetTargets()).targetInfos.filter { $0.type == "page" }.count
    }

    // MARK: End

    /// Whether it can still be used.
    package var isOpen: Bool { endReason == nil && !isClosing }

    /// Called once, on the loop, when it is over; at once when it already is.
    package func whenEnded(_ body: @escaping @Sendable (BrowserError) -> Void) {
        if let endReason { body(endReason) } else { onEnd = body }
    }

    /// Ends it: by itself within the grace, else by force; returns when no process and no directory is left.
    package func close() async {
        if !isClosing {
            isClosing = true
            for context in contexts.values {
                for download in await context.downloads.running {
                    connection.root.post(BrowserDomain.CancelDownload(guid: download.id, browserContextID: context.id))
                }
            }
            connection.root.post(BrowserDomain.Close())
            // Not structured: cleaning up is not cancelled with who asked for it.
            let closing = Task { await self.process.end(grace: self.configuration.closeGrace, on: self.loop) }
            await closing.value
        }
        await ending?.value
    }

    /// Ends a browser that does not answer, by force; its jobs fail with `browser_crashed`.
    func kill() async {
        await process.end(grace: .zero, on: loop)
        await ending?.value
    }

    private func processDidExit(_ exit: ChildExit) async {
        let words = process.lastWords
        fail(
            isClosing
                ? BrowserError(.browserCrashed, "The browser was closed")
                : BrowserError(.browserCrashed, "The browser \(exit). It said: \(words.isEmpty ? "nothing" : words)")
        )
        await connection.close()
        await transport.shutdown()
        await process.end(grace: .zero, on: loop)
        await configuration.ownDoor?.close()
        if let debuggerPort { configuration.gate?.release(port: debuggerPort) }
    }

    /// Chromium starts a new network service by itself, but contexts lose their proxy with the old one: whether they reach
    /// nothing any more, or everything.
    private func networkIsLost() {
        fail(BrowserError(.browserCrashed, "The browser's network service was lost, and the browser is ended"))
        process.kill()
    }

    private func fail(_ error: BrowserError) {
        guard endReason == nil else { return }
        endReason = error
        if !isClosing { logger.warning("Browser is lost", ["reason": error.message]) }
        for context in contexts.values { context.assumeIsolated { $0.end(error) } }
        contexts = [:]
        onEnd?(error)
        onEnd = nil
    }

    private func checkOpen() throws(BrowserError) {
        if let endReason { throw endReason }
    }

    // MARK: Events

    private func receive(_ message: CDPEventMessage) {
        if let event = message.as(TargetDomain.AttachedToTargetEvent.self) {
            attached(event)
        } else if let event = message.as(TargetDomain.DetachedFromTargetEvent.self) {
            for context in contexts.values { context.assumeIsolated { $0.detached(event.sessionID) } }
        } else if let event = message.as(BrowserDomain.DownloadWillBeginEvent.self) {
            let owner = contexts.values.first { context in context.assumeIsolated { $0.owns(event.frameID) } }
            owner?.assumeIsolated { $0.downloadBegan(event) }
        } else if let event = message.as(BrowserDomain.DownloadProgressEvent.self) {
            let owner = contexts.values.first { context in context.assumeIsolated { $0.downloads.knows(event.guid) } }
            owner?.assumeIsolated { $0.downloadProgressed(event) }
        }
    }

    private func attached(_ event: TargetDomain.AttachedToTargetEvent) {
        let session = CDPSession(connection: connection, id: event.sessionID)
        guard event.targetInfo.type == "page", let context = event.targetInfo.browserContextID.flatMap({ contexts[$0] })
        else {
            // Detaching alone would leave it paused for ever.
            session.post(RuntimeDomain.RunIfWaitingForDebugger())
            connection.root.post(TargetDomain.DetachFromTarget(sessionID: event.sessionID))
            return
        }
        context.assumeIsolated { $0.adopt(session, event.targetInfo, userAgent: userAgent) }
    }
}

extension Browser: CDPEventHandler {
    package nonisolated var subscriptions: Set<String> {
        [
            TargetDomain.AttachedToTargetEvent.method, TargetDomain.DetachedFromTargetEvent.method,
            BrowserDomain.DownloadWillBeginEvent.method, BrowserDomain.DownloadProgressEvent.method,
        ]
    }

    package nonisolated func didReceive(_ event: CDPEventMessage) {
        assumeIsolated { $0.receive(event) }
    }

    package nonisolated func sessionDidEnd(_ error: CDPError) {
        assumeIsolated { browser in
            browser.fail(BrowserError(.browserCrashed, "\(error.message). \(browser.process.lastWords)"))
            // Without a connection nobody can use the process any more; its exit does the rest.
            browser.process.kill()
        }
    }
}
