package import CDP
package import CDPProtocol
package import EventLoops
import JSON

/// One page of a browser: its documents, dialogs and crashes, and every way to wait for them.
///
/// Lives on its browser's loop. Every wait ends by what was waited for, the deadline, cancellation, a crash or the end of the
/// page. Made by `BrowserContext`.
package actor PageSession {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// For commands this room has no word for; see `start`.
    package nonisolated let session: CDPSession
    package nonisolated let target: TargetDomain.TargetID
    /// The page that opened it, for a popup.
    package nonisolated let opener: TargetDomain.TargetID?

    var state = PageState()
    var options: PageOptions
    /// What to do with dialogs from now on.
    package var dialogPolicy = DialogPolicy.dismiss
    /// What was said about dialogs to come, in the order they are expected.
    var announcedDialogs: [AnnouncedDialog] = []
    /// How often the page was not left because of its `beforeunload`.
    var refusedUnloads = 0
    /// What actions close when it covers the page.
    var overlayWatch = OverlayWatch()
    var dialogRecords: [DialogRecord] = []
    var seenDialogs = 0
    /// What the host gives the page on top of a deadline that runs in the page: it reports better than we do, also
    /// on a machine that is busy with other pages.
    package var agentGrace = Duration.milliseconds(1500)
    /// Whether the latest question had no answer in time: scripts keep the page busy, or its renderer stands still.
    package internal(set) var isUnresponsive = false
    /// Agent calls on their way, which an unexpected dialog fails.
    var agentCalls: [Int: CDPCall<RuntimeDomain.CallFunctionOn>] = [:]
    /// Of frames with a process of their own.
    var frameSessions: [TargetDomain.SessionID: FrameSession] = [:]
    /// Which frames the agents' numbers of frame elements mean.
    var frameNumbers = FrameNumbers()
    /// A dialog that failed nothing because nothing was running; the next call reports it.
    var unreportedDialog: BrowserError?
    var consoleLog = ConsoleLog()
    var networkLog: NetworkLog
    var router: RequestRouter
    /// Not a page of the job's.
    var isInternal = false
    /// Frames it has or had, the latest ones.
    var framesEver: [PageDomain.FrameID] = []
    /// Told the origin of every document.
    var onVisit: (@Sendable (String) -> Void)?
    /// Removes secrets from what leaves the page's logs.
    var redact: @Sendable (String) -> String = { $0 }

    /// Which of its documents have the agent.
    var agentReach: AgentReach

    /// Frames of it are kept as it changes.
    var isRecorded = false
    /// How many screencasts there were, what was shown when the present one began, and whether the next one is being begun.
    var screencast: (number: Int, shown: ShownDocuments, isRenewed: Bool) = (0, ShownDocuments(), false)
    /// A picture is being taken: the page holds still for it.
    var isPictured = false {
        didSet { waiters.evaluate() }
    }
    /// Who hears what happens here.
    var observer: ContextObserver?

    private var initialisation: [@Sendable () async throws -> Void] = []
    private var frameTree: CDPCall<PageDomain.GetFrameTree>?
    private var endReason: BrowserError?
    private let waiters: ConditionWaiters
    private var lastNumber = 0
    let browserUserAgent: String

    /// - Parameter isFirst: of its context, so no script opened it.
    init(
        session: CDPSession,
        target: TargetDomain.TargetInfo,
        isFirst: Bool,
        options: PageOptions,
        browserUserAgent: String
    ) {
        self.session = session
        loop = session.connection.loop
        waiters = ConditionWaiters(on: session.connection.loop)
        self.target = target.targetID
        opener = target.openerID
        let beginsEmpty = target.openerID == nil && ["", "about:blank"].contains(target.url)
        agentReach = beginsEmpty ? (isFirst ? .none : .documentsToCome) : .all
        networkLog = NetworkLog(page: target.targetID)
        router = RequestRouter(options)
        self.options = options
        self.browserUserAgent = browserUserAgent
    }

    // MARK: Beginning and end

    /// Everything a new page is told, in one burst while it is paused; nothing is waited for.
    func begin() {
        session.connection.assumeIsolated { [session] connection in
            guard let id = session.id else { return }
            connection.handle(id, by: self)
        }
        for command in briefing(for: .page) { expect(command) }
        for script in agentScripts(for: agentReach) { expect(script) }
        frameTree = session.start(PageDomain.GetFrameTree())
        attachObservers(to: session)
        expect(RuntimeDomain.RunIfWaitingForDebugger())
    }

    /// Starts a command of the burst; its failure is reported by `ready`.
    func expect(_ command: some CDPCommand) {
        let call = session.start(command)
        initialisation.append {
            do {
                _ = try await call.reply()
            } catch let error as CDPError where error.message.contains("override is already in effect") {
                // Pages of one process share locale and timezone: another of this context said the same before.
            }
        }
    }

    /// Waits until the page took everything it was told.
    func ready(deadline: Duration) async throws {
        do {
            if let frameTree {
                state.load(try await frameTree.reply().frameTree)
                self.frameTree = nil
            }
            let replies = initialisation
            initialisation = []
            for reply in replies { try await reply() }
        } catch {
            throw failure(error)
        }
        if agentReach == .all { _ = try await agentPlace(until: .now.advanced(by: deadline)) }
    }

    /// Changes what the page believes about its machine.
    ///
    /// - Throws: `BrowserError` with `invalidInput` for a locale or timezone Chromium does not know.
    package func emulate(_ options: PageOptions) async throws {
        var options = options
        if options.observesNetwork { observeNetwork() }
        options.observesNetwork = self.options.observesNetwork
        let old = self.options
        self.options = options
        route(replacing: old)
        emulate(options, replacing: old)
        let replies = initialisation
        initialisation = []
        do {
            for reply in replies { try await reply() }
        } catch let error as CDPError where error.code == .refused {
            throw BrowserError(.invalidInput, "Chromium does not take the page's options: \(error.message)")
        } catch {
            throw failure(error)
        }
    }

    private func emulate(_ options: PageOptions, replacing old: PageOptions) {
        let isOtherTestID = options.testIDAttribute != old.testIDAttribute
        for command in options.commands(replacing: old, browserUserAgent: browserUserAgent) { expect(command) }
        if isOtherTestID { for script in optionScripts(for: agentReach) { expect(script) } }
        for frame in frameSessions.values {
            for command in options.commands(replacing: old, browserUserAgent: browserUserAgent, for: frame.owner) {
                frame.session.post(command)
            }
            if isOtherTestID { for script in optionScripts(for: .all) { frame.session.post(script) } }
        }
    }

    /// Closes the page; returns when it is gone. Its `beforeunload` is not asked.
    package func close() async {
        guard endReason == nil else { return }
        _ = try? await session.connection.root.call(
            TargetDomain.CloseTarget(targetID: target),
            deadline: .seconds(5)
        )
        let end = ContinuousClock.now.advanced(by: .seconds(5))
        _ = try? await wait(until: end, for: "the page to close") { page in page.endReason.map { _ in .success(()) } }
    }

    func end(_ error: BrowserError) {
        guard endReason == nil else { return }
        endReason = error
        waiters.evaluate()
        waiters.failAll(error)
        agentCalls = [:]
        frameSessions = [:]
    }

    /// Whether the page still exists.
    package var isOpen: Bool { endReason == nil }
    /// Whether its renderer is gone; `goto` starts a new one.
    package var isCrashed: Bool { state.isCrashed }
    /// Address of the document shown now.
    package var url: String { state.document.url }
    /// Its frames; the main one has no parent.
    package var frames: FrameTree { state.frames }
    package var mainFrame: PageDomain.FrameID? { state.mainFrame }

    // MARK: Commands

    /// Sends a command and waits for its reply, with this room's errors.
    ///
    /// - Parameter session: of a frame; nil for the page's own.
    @discardableResult
    package func call<Command: CDPCommand>(
        _ command: Command,
        on session: CDPSession? = nil,
        deadline: Duration = CDPConnection.defaultDeadline
    ) async throws -> Command.Reply {
        try checkOpen()
        do {
            return try await (session ?? self.session).start(command, deadline: deadline).reply()
        } catch {
            throw failure(error)
        }
    }

    func checkOpen() throws(BrowserError) {
        if let endReason { throw endReason }
    }

    /// An error of a command in this room's words; of a connection that is lost, what the browser was lost by.
    func failure(_ error: any Error) -> any Error {
        if (error as? CDPError)?.code == .disconnected, let endReason { return endReason }
        return BrowserError.wrapping(error)
    }

    func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    // MARK: Waiting

    /// Suspends until `condition` has a result; it is asked after every event of the page.
    ///
    /// - Parameter what: ends the sentence "Waited in vain for …".
    func wait<T: Sendable>(
        until deadline: ContinuousClock.Instant,
        for what: @autoclosure @escaping @Sendable () -> String,
        _ condition: @escaping @Sendable (isolated PageSession) -> Result<T, BrowserError>?
    ) async throws -> T {
        try await waiters.wait(until: deadline, for: what, unless: { self.endReason }) { condition(self) }
    }

    // MARK: Events

    /// How many wait.
    var waiterCount: Int { waiters.count }

    /// What waits look at has changed.
    func didChange() { waiters.evaluate() }

    func receive(_ event: CDPEventMessage, from owner: FrameOwner = .page) {
        switch state.apply(event, from: owner) {
        case .targetAttached(let id, let target, let isFrame): adopt(id, target, isFrame: isFrame, from: owner)
        case .crashed:
            waiters.failAll(BrowserError(.pageCrashed, "The page at \(url) crashed"))
        case .handleDialog(let kind, let message, let prompt):
            handleDialog(kind: kind, message: message, defaultPrompt: prompt)
        case .fileChooserOpened, nil: break
        }
        tell(of: event)
        waiters.evaluate()
    }
}

extension PageSession: CDPEventHandler {
    package nonisolated var subscriptions: Set<String> { PageState.subscriptions }

    package nonisolated func didReceive(_ event: CDPEventMessage) {
        assumeIsolated { $0.receive(event) }
    }

    package nonisolated func sessionDidEnd(_ error: CDPError) {
        assumeIsolated { $0.end(BrowserError(error)) }
    }
}
