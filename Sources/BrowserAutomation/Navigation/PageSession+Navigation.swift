import CDP
import CDPProtocol
import JSON

extension PageSession {
    /// Opens an address in the main frame and waits until it got as far as asked.
    ///
    /// Revives a crashed page.
    /// - Parameters:
    ///   - acceptsDownload: whether an address that is a file is fine; else it fails.
    ///   - deadline: for everything; the page stops loading when it is over.
    /// - Throws: `BrowserError` with `navigationFailed` in plain words, `timeout`, `pageCrashed`, `dialogOpen`.
    @discardableResult
    package func goto(
        _ url: String,
        waitUntil: WaitUntil = .domContentLoaded,
        referrer: String? = nil,
        acceptsDownload: Bool = false,
        deadline: Duration
    ) async throws -> NavigationResult {
        try reportDialog()
        let end = ContinuousClock.now.advanced(by: deadline)
        await endHungScript()
        let refusals = refusedUnloads
        do {
            let mark = expectIdle(waitUntil)
            var result = try await navigateThroughCrashes(to: url, waitUntil.event, referrer, until: end)
            if let mark, result.kind == .document { try await untilIdle(after: mark, until: end) }
            guard result.kind != .download || acceptsDownload else {
                throw BrowserError(
                    .navigationFailed,
                    "\(url) is a file to download, not a page: use the download action"
                )
            }
            if result.kind == .document { result.status = await documentStatus() }
            return result
        } catch {
            guard refusedUnloads == refusals || error is CancellationError else {
                throw BrowserError(
                    .navigationFailed,
                    "Cannot open \(url): the page at \(self.url) asked whether to be left (beforeunload), and the answer was to stay"
                )
            }
            throw await navigationError(failure(error), url: url, waitUntil, deadline)
        }
    }

    /// A script that never ends would keep the next document of its site from beginning; it is ended with its document.
    private func endHungScript() async {
        guard isUnresponsive else { return }
        isUnresponsive = false
        let probe = session.start(RuntimeDomain.Evaluate(expression: "1"), deadline: .milliseconds(500))
        if (try? await probe.reply()) == nil { session.post(RuntimeDomain.TerminateExecution()) }
    }

    /// A renderer that dies is the old document's as long as no new one has committed; it takes the navigation with it. The
    /// spare one may die with it: three tries.
    private func navigateThroughCrashes(
        to url: String,
        _ waitUntil: WaitUntil,
        _ referrer: String?,
        until end: ContinuousClock.Instant
    ) async throws -> NavigationResult {
        let commits = state.document.commits
        for _ in 0..<2 {
            do {
                return try await navigateOnce(to: url, waitUntil, referrer, until: end)
            } catch let error as BrowserError where error.code == .pageCrashed && state.document.commits == commits {
                continue
            }
        }
        return try await navigateOnce(to: url, waitUntil, referrer, until: end)
    }

    /// A navigation that brings no document leaves a crashed page crashed.
    private func navigateOnce(
        to url: String,
        _ waitUntil: WaitUntil,
        _ referrer: String?,
        until end: ContinuousClock.Instant
    ) async throws -> NavigationResult {
        let (commits, wasCrashed) = (state.document.commits, state.isCrashed)
        do {
            return try await navigate(to: url, waitUntil, referrer, until: end)
        } catch {
            if wasCrashed, state.document.commits == commits { state.recoveryFailed() }
            throw error
        }
    }

    private func navigate(
        to url: String,
        _ waitUntil: WaitUntil,
        _ referrer: String?,
        until end: ContinuousClock.Instant
    ) async throws -> NavigationResult {
        let attempt = NavigationInProgress(NavigationAttempt(url: url, waitUntil: waitUntil, in: state.document))
        let crashes = state.crashes
        state.expectRecovery()
        announceAgent()
        let reply: PageDomain.Navigate.Reply
        do {
            reply = try await session.start(
                PageDomain.Navigate(url: url, referrer: referrer),
                deadline: end - .now
            ).reply()
        } catch {
            throw failure(error)
        }
        if reply.errorText == "net::ERR_ABORTED" { try await checkRenderer(crashes, during: url) }
        let early = attempt.machine.replied(
            loader: reply.loaderID,
            errorText: reply.errorText,
            isDownload: reply.isDownload ?? false,
            in: state.document
        )
        if let early { return try early.get() }
        guard state.crashes == crashes else { throw crashError(during: url) }
        return try await verdict(attempt, until: end, url: url, waitUntil)
    }

    /// A renderer that dies takes a navigation with it as if the server had sent nothing: ask it whether it lives.
    private func checkRenderer(_ crashes: Int, during url: String) async throws {
        let call = session.start(RuntimeDomain.Evaluate(expression: "0"), deadline: .seconds(1))
        do {
            _ = try await call.reply()
        } catch let error as CDPError where error.code == .crashed {
            throw crashError(during: url)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // A page that is busy or waits for a dialog has not crashed.
        }
        guard state.crashes == crashes else { throw crashError(during: url) }
    }

    private func crashError(during url: String) -> BrowserError {
        BrowserError(.pageCrashed, "The page at \(self.url) crashed while \(url) was being opened")
    }

    /// Loads the document again.
    @discardableResult
    package func reload(
        waitUntil: WaitUntil = .domContentLoaded,
        deadline: Duration
    ) async throws -> NavigationResult {
        try await moveInHistory(url, waitUntil, deadline) { page in
            page.announceAgent()
            page.session.post(PageDomain.Reload())
        }
    }

    /// Goes back (-1) or forward (1) in the page's history.
    ///
    /// - Throws: `navigationFailed` when there is nothing in that direction.
    @discardableResult
    package func goInHistory(
        by offset: Int,
        waitUntil: WaitUntil = .domContentLoaded,
        deadline: Duration
    ) async throws -> NavigationResult {
        let history = try await call(PageDomain.GetNavigationHistory(), deadline: deadline)
        let index = history.currentIndex + offset
        guard history.entries.indices.contains(index) else {
            throw BrowserError(
                .navigationFailed,
                "There is no page to go \(offset < 0 ? "back" : "forward") to from \(url)"
            )
        }
        let entry = history.entries[index]
        return try await moveInHistory(entry.url, waitUntil, deadline) { page in
            page.session.post(PageDomain.NavigateToHistoryEntry(entryID: entry.id))
        }
    }

    private func moveInHistory(
        _ url: String,
        _ waitUntil: WaitUntil,
        _ deadline: Duration,
        _ start: (isolated PageSession) -> Void
    ) async throws -> NavigationResult {
        try reportDialog()
        let end = ContinuousClock.now.advanced(by: deadline)
        let attempt = NavigationInProgress(
            NavigationAttempt(url: url, waitUntil: waitUntil.event, isHistory: true, in: state.document)
        )
        let mark = expectIdle(waitUntil)
        state.expectRecovery()
        start(self)
        do {
            var result = try await verdict(attempt, until: end, url: url, waitUntil)
            if let mark, result.kind == .document { try await untilIdle(after: mark, until: end) }
            if result.kind == .document { result.status = await documentStatus() }
            return result
        } catch {
            throw await navigationError(error, url: url, waitUntil, deadline)
        }
    }

    private func verdict(
        _ attempt: NavigationInProgress,
        until end: ContinuousClock.Instant,
        url: String,
        _ waitUntil: WaitUntil
    ) async throws -> NavigationResult {
        try await wait(until: end, for: "\(url) to reach '\(waitUntil.rawValue)'") { page in
            attempt.machine.verdict(page.state.document)
        }
    }

    private func navigationError(
        _ error: any Error,
        url: String,
        _ waitUntil: WaitUntil,
        _ deadline: Duration
    ) async -> any Error {
        guard let failure = error as? BrowserError, failure.code == .timeout else {
            if error is CancellationError { session.post(PageDomain.StopLoading()) }
            return error
        }
        // Waited for, or it stops what the next navigation begins.
        _ = try? await session.start(PageDomain.StopLoading(), deadline: .seconds(1)).reply()
        return BrowserError(
            .timeout,
            "Opening \(url) did not reach '\(waitUntil.rawValue)' within \(deadline.wholeMilliseconds) ms; the page is at \(self.url)"
        )
    }

    /// HTTP status by the document's own record of it: costs no event for each of its hundred requests.
    private func documentStatus() async -> Int? {
        guard let context = state.agentContext else { return nil }
        let reply = try? await session.start(
            RuntimeDomain.Evaluate(
                expression: "performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0",
                returnByValue: true,
                uniqueContextID: context.rawValue
            ),
            deadline: .seconds(1)
        ).reply()
        return reply?.result.value?.int.flatMap { $0 == 0 ? nil : $0 }
    }

    /// Waits until the document shown now got as far as asked.
    package func waitForLoadState(_ waitUntil: WaitUntil, deadline: Duration) async throws {
        guard let name = waitUntil.lifecycleName else { return }
        try await wait(
            until: .now.advanced(by: deadline),
            for: "the page to reach '\(waitUntil.rawValue)'"
        ) { page in
            page.state.pendingURL == nil && page.state.document.lifecycle.contains(name) ? .success(()) : nil
        }
    }

    /// Waits until the address of the main frame satisfies a condition.
    package func waitForURL(
        _ description: String,
        deadline: Duration,
        _ matches: @escaping @Sendable (String) -> Bool
    ) async throws {
        try await wait(until: .now.advanced(by: deadline), for: "the address to be \(description)") { page in
            matches(page.state.document.url) ? .success(()) : nil
        }
    }

    /// After an input: when it made the main frame leave, waits until the new document is there or the navigation stops.
    ///
    /// Events that were on the way when the input was answered are waited for by one round trip.
    package func settleNavigation(deadline: Duration) async throws {
        let end = ContinuousClock.now.advanced(by: deadline)
        _ = try await call(PageDomain.Enable(), deadline: deadline)
        try await wait(until: end, for: "the navigation the input began to commit") { page in
            page.state.pendingURL == nil ? .success(()) : nil
        }
    }
}

/// A navigation attempt that is asked from several places of one loop.
private final class NavigationInProgress: @unchecked Sendable {
    // Touched on the page's loop only.
    var machine: NavigationAttempt

    init(_ machine: NavigationAttempt) {
        self.machine = machine
    }
}
