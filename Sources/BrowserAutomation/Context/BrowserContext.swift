import CDP
package import CDPProtocol
import Cryptography
package import EventLoops

/// Cookies, storage and pages of one job: nothing is shared with another, everything goes when it is closed.
///
/// Lives on its browser's loop. Made by `Browser`, handed out by `BrowserPool`.
package actor BrowserContext {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    package nonisolated let id: BrowserDomain.BrowserContextID
    /// The browser it belongs to.
    package nonisolated let browser: Browser
    /// Its way to the network; nil when it has no way of its own.
    package nonisolated let door: (any NetworkDoor)?
    private let session: CDPSession
    private let maximumDownloadBytes: Int

    /// Pages in the order they were opened; popups among them.
    package private(set) var pages: [PageSession] = []
    private(set) var options: PageOptions
    private var dialogPolicy = DialogPolicy.dismiss
    private var openedPages = 0
    /// Which page was opened how manieth, of those that are open.
    private var pageNumbers: [TargetDomain.TargetID: Int] = [:]
    private var grantedPermissions: Set<Permission>?
    private var redact: @Sendable (String) -> String = { $0 }
    /// Requests of pages that are closed, the latest ones; only while the network is observed.
    private var requestsOfClosedPages: [NetworkRequest] = []
    private var forgottenRequests = 0
    /// Web origins its documents were of, in the order they were first seen, the latest 200.
    private(set) var visitedOrigins: [String] = []
    private static let originLimit = 200
    private var closedTargets: [String] = []
    private static let closedTargetLimit = 100
    private static let closedRequestLimit = 2000
    private var endReason: BrowserError?
    var downloads = DownloadLog()
    /// Who hears what happens here.
    var observer: ContextObserver?
    private let waiters: ConditionWaiters

    init(
        id: BrowserDomain.BrowserContextID,
        browser: Browser,
        options: PageOptions,
        door: (any NetworkDoor)? = nil,
        maximumDownloadBytes: Int
    ) {
        self.door = door
        self.id = id
        self.browser = browser
        loop = browser.loop
        waiters = ConditionWaiters(on: browser.loop)
        session = browser.connection.root
        self.options = options
        self.maximumDownloadBytes = maximumDownloadBytes
    }

    // MARK: Pages

    /// Opens a page, ready to be used.
    package func newPage(deadline: Duration = .seconds(15)) async throws -> PageSession {
        try checkOpen()
        do {
            // The page attaches before this is answered.
            let target = try await session.start(
                TargetDomain.CreateTarget(url: "about:blank", browserContextID: id),
                deadline: deadline
            ).reply().targetID
            guard let page = pages.first(where: { $0.target == target }) else {
                throw BrowserError(.protocolError, "Chromium opened a page and did not attach it")
            }
            try await page.ready(deadline: deadline)
            return page
        } catch {
            throw BrowserError.wrapping(error)
        }
    }

    /// What every page of this context, now and later, believes about its machine.
    package func configure(_ options: PageOptions, dialogPolicy: DialogPolicy) async throws {
        let observesNetwork = self.options.observesNetwork || options.observesNetwork
        self.options = options
        self.options.observesNetwork = observesNetwork
        self.dialogPolicy = dialogPolicy
        try await grantPermissions()
        for page in pages {
            await page.setDialogPolicy(dialogPolicy)
            try await page.emulate(options)
        }
    }

    /// What pages may do without asking is the context's, not a page's.
    func grantPermissions() async throws {
        var granted = options.permissions
        if options.geolocation != nil { granted = (granted ?? []).union([.geolocation]) }
        guard granted != grantedPermissions else { return }
        grantedPermissions = granted
        do {
            if let granted {
                let types = Set(granted.map(\.type.rawValue)).sorted().map(BrowserDomain.PermissionType.init(rawValue:))
                try await session.start(BrowserDomain.GrantPermissions(permissions: types, browserContextID: id))
                    .reply()
            } else {
                try await session.start(BrowserDomain.ResetPermissions(browserContextID: id)).reply()
            }
        } catch {
            throw BrowserError.wrapping(error)
        }
    }

    /// How good the network seems to every page of this context, now and later.
    package func setNetworkConditions(_ conditions: NetworkConditions) async throws {
        options.network = conditions
        for page in pages where await page.isOpen { try await page.setNetworkConditions(conditions) }
    }

    /// Removes secrets from what the logs of its pages give out, from now on.
    package func setRedaction(_ redact: @escaping @Sendable (String) -> String) {
        self.redact = redact
        for page in pages { page.assumeIsolated { $0.redact = redact } }
    }

    /// Keeps requests and responses of every page of this context from now on, popups from their first one.
    package func observeNetwork() {
        options.observesNetwork = true
        for page in pages { page.assumeIsolated { $0.observeNetwork() } }
    }

    /// The requests of all pages in the order they were made, closed pages too; bounded for each page and for all closed ones.
    package var requests: [NetworkRequest] {
        (requestsOfClosedPages + pages.flatMap { page in page.assumeIsolated { $0.isInternal ? [] : $0.requests } })
            .sorted {
                $0.startedAt < $1.startedAt
            }
    }

    /// How many requests `requests` would have beside those it has.
    package var droppedRequests: Int {
        forgottenRequests + pages.reduce(0) { sum, page in sum + page.assumeIsolated { $0.networkLog.dropped } }
    }

    /// A page attached, paused: ours by `newPage`, or a popup.
    func adopt(_ session: CDPSession, _ target: TargetDomain.TargetInfo, userAgent: String) {
        let page = PageSession(
            session: session,
            target: target,
            isFirst: openedPages == 0,
            options: options,
            browserUserAgent: userAgent
        )
        pages.append(page)
        openedPages += 1
        pageNumbers[page.target] = openedPages
        page.assumeIsolated { [dialogPolicy, redact, observer] page in
            page.dialogPolicy = dialogPolicy
            page.redact = redact
            page.observer = observer
            page.onVisit = { [weak self] origin in self?.assumeIsolated { $0.visited(origin) } }
            page.begin()
        }
        tell(.opened(opener: page.opener, url: target.url), of: page)
        waiters.evaluate()
    }

    func detached(_ session: TargetDomain.SessionID) {
        // Other contexts' pages come by here too, and frames with a session of their own.
        guard let index = pages.firstIndex(where: { $0.session.id == session }) else { return }
        let gone = pages.remove(at: index)
        pageNumbers[gone.target] = nil
        closedTargets.append(gone.target.rawValue)
        closedTargets.removeFirst(max(0, closedTargets.count - Self.closedTargetLimit))
        keepRequests(of: gone)
        tell(.closed, of: gone)
        waiters.evaluate()
    }

    private func keepRequests(of page: PageSession) {
        let (requests, dropped) = page.assumeIsolated { $0.isInternal ? ([], 0) : ($0.requests, $0.networkLog.dropped) }
        requestsOfClosedPages += requests
        let excess = max(0, requestsOfClosedPages.count - Self.closedRequestLimit)
        requestsOfClosedPages.removeFirst(excess)
        forgottenRequests += dropped + excess
    }

    /// How many pages were opened; a mark for `waitForPopup`.
    package var pageCount: Int { openedPages }

    /// The page that was opened first after a mark, ready to be used.
    package func waitForPopup(after mark: Int, deadline: Duration) async throws -> PageSession {
        let end = ContinuousClock.now.advanced(by: deadline)
        let popup = try await wait(until: end, for: "a page to open") { context -> Result<PageSession, BrowserError>? in
            guard context.openedPages > mark else { return nil }
            guard let page = context.pages.first(where: { context.pageNumbers[$0.target] == mark + 1 }) else {
                return .failure(BrowserError(.pageClosed, "The page that opened has closed itself"))
            }
            return .success(page)
        }
        try await popup.ready(deadline: end - .now)
        return popup
    }

    /// Whether a frame is or was of one of its pages; a window that opens a file closes before the file is announced.
    func owns(_ frame: PageDomain.FrameID) -> Bool {
        closedTargets.contains(frame.rawValue)
            || pages.contains { page in
                page.target.rawValue == frame.rawValue
                    || page.assumeIsolated { $0.state.frames.frames[frame] != nil || $0.framesEver.contains(frame) }
            }
    }

    private func visited(_ origin: String) {
        guard !visitedOrigins.contains(origin) else { return }
        visitedOrigins.append(origin)
        if visitedOrigins.count > Self.originLimit { visitedOrigins.removeFirst() }
    }

    // MARK: Downloads

    /// How many downloads began; a mark for `waitForDownload`.
    package var downloadCount: Int { downloads.count }

    func downloadBegan(_ event: BrowserDomain.DownloadWillBeginEvent) {
        downloads.began(event)
        let page = pages.first { $0.target.rawValue == event.frameID.rawValue }
        tell(.downloadBegan(name: event.suggestedFilename, url: event.url), of: page)
        waiters.evaluate()
    }

    func downloadProgressed(_ event: BrowserDomain.DownloadProgressEvent) {
        let before = downloads.entries.first { $0.id == event.guid }?.state
        if downloads.progressed(event, maximumBytes: maximumDownloadBytes) {
            session.post(BrowserDomain.CancelDownload(guid: event.guid, browserContextID: id))
        }
        tellEnd(of: event.guid, before: before)
        waiters.evaluate()
    }

    /// Waits for the first download after a mark to arrive whole, and moves it to `path`, readable by us alone.
    ///
    /// - Throws: `BrowserError` with `timeout` or `downloadFailed`.
    package func waitForDownload(
        after mark: Int,
        to path: String,
        maximumBytes: Int? = nil,
        deadline: Duration
    ) async throws -> DownloadedFile {
        let maximum = min(maximumBytes ?? .max, maximumDownloadBytes)
        let entry = try await wait(until: .now.advanced(by: deadline), for: "a download to arrive") {
            context -> Result<DownloadLog.Entry, BrowserError>? in
            guard let entry = context.downloads.first(after: mark) else { return nil }
            switch entry.state {
            case .tooLarge,
                _ where entry.size > maximum:
                context.cancel(entry)
                return .failure(
                    BrowserError(.downloadFailed, "The download of \(entry.shownURL) is larger than \(maximum) bytes")
                )
            case .running: return nil
            case .completed: return .success(entry)
            case .cancelled, .interrupted: return .failure(context.failure(of: entry))
            }
        }
        // Chromium names the file by its guid, hexadecimal and dashes: it cannot leave the directory.
        let source = browser.downloadPath(of: entry.id, in: id)
        try await loop.runBlocking { try FileMove.take(source, to: path) }
        let digest = try await FileDigest.compute(path: path)
        return DownloadedFile(
            path: path,
            suggestedName: entry.suggestedName,
            url: entry.url,
            bytes: digest.bytes,
            sha256: digest.sha256.hex
        )
    }

    /// Why a download ended early. Chromium has removed what there was of it, so a full disk has room again: not for all.
    private func failure(of entry: DownloadLog.Entry) -> BrowserError {
        let (free, margin) = (browser.directory.freeBytes, 1 << 20)
        if entry.state == .cancelled, let free, entry.size > free - margin {
            return BrowserError(
                .storageFull,
                "The download of \(entry.shownURL) does not fit on the disk of '\(browser.directory.path)': \(free) bytes are free there"
            )
        }
        return BrowserError(
            .downloadFailed,
            "The download of \(entry.shownURL) broke off after \(entry.received) bytes: the server or the page ended it"
        )
    }

    private func cancel(_ entry: DownloadLog.Entry) {
        guard entry.state == .running else { return }
        session.post(BrowserDomain.CancelDownload(guid: entry.id, browserContextID: id))
    }

    // MARK: End

    /// Whether it can still be used.
    package var isOpen: Bool { endReason == nil }

    /// Closes every page and forgets everything; returns when Chromium has done so.
    package func close() async {
        guard endReason == nil else { return }
        for download in downloads.running {
            // Chromium hangs when a context goes with a download running.
            session.post(BrowserDomain.CancelDownload(guid: download.id, browserContextID: id))
        }
        _ = try? await session.start(
            TargetDomain.DisposeBrowserContext(browserContextID: id),
            deadline: .seconds(10)
        ).reply()
        end(BrowserError(.pageClosed, "The browser context was closed"))
        await browser.forget(self)
    }

    func end(_ error: BrowserError) {
        guard endReason == nil else { return }
        endReason = error
        for page in pages { page.assumeIsolated { $0.end(error) } }
        pages = []
        if error.code == .browserCrashed { tell(.lost(error)) }
        observer = nil
        waiters.failAll(error)
        // Not structured: a lost browser has no task; the port is nobody's concern any more.
        if let door { Task { await door.close() } }
    }

    private func checkOpen() throws(BrowserError) {
        if let endReason { throw endReason }
    }

    func wait<T: Sendable>(
        until deadline: ContinuousClock.Instant,
        for what: @autoclosure @escaping @Sendable () -> String,
        _ condition: @escaping @Sendable (isolated BrowserContext) -> Result<T, BrowserError>?
    ) async throws -> T {
        try await waiters.wait(until: deadline, for: what, unless: { self.endReason }) { condition(self) }
    }
}
