package import EventLoops
package import Telemetry

/// Browsers with contexts ready to be used: one context a job, fresh, never shared, disposed after.
///
/// Replaces browsers that crash, hang or grew old. Lives on its first loop; browsers are spread over all of them.
package actor BrowserPool {
    /// A context lent to one job, with a page that is open already.
    package struct Lease: Sendable {
        package let context: BrowserContext
        package let page: PageSession
        fileprivate let number: Int
        fileprivate let browser: Int
    }

    /// Numbers for health and metrics.
    package struct Status: Sendable, Hashable {
        package var browsers: Int
        package var retiring: Int
        package var warm: Int
        package var leased: Int
        package var waiting: Int
        /// Browsers that were lost since the pool was opened.
        package var lost: Int
        /// Browsers that retired.
        package var retired: Int
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let loops: [EventLoop]
    private let configuration: BrowserConfiguration
    private let settings: BrowserPoolSettings
    private let logger: Logger

    private var machine: StateMachine
    private var browsers: [Int: Browser] = [:]
    private var contexts: [Int: Lease] = [:]
    private var waiters: [Int: (continuation: CheckedContinuation<Lease, any Error>, timer: LoopTimer)] = [:]
    private var lastNumber = 0
    private var lostCount = 0
    private var retiredCount = 0
    private var timers: [LoopTimer] = []
    private var probeTimer: LoopTimer?
    /// Work under way that `close` waits for, by number.
    private var tasks: [Int: Task<Void, Never>] = [:]

    /// A pool that starts its browsers with the first `open` or `lease`.
    ///
    /// - Parameter loops: at least one; browsers take turns.
    package init(
        on loops: [EventLoop],
        _ configuration: BrowserConfiguration = .init(),
        settings: BrowserPoolSettings = .init(),
        logger: Logger = .silent
    ) {
        precondition(!loops.isEmpty, "A browser pool needs a loop")
        self.loops = loops
        loop = loops[0]
        self.configuration = configuration
        self.settings = settings
        self.logger = logger
        machine = StateMachine(settings)
    }

    /// Starts browsers and contexts ahead of the first job; does not wait for them.
    package func open() {
        advance()
        scheduleProbe()
    }

    /// Lends a context with these options; waits until one is free.
    ///
    /// - Throws: `BrowserError`: why no browser can be started, or `timeout`; `CancellationError`.
    package func lease(
        _ options: PageOptions = .init(),
        dialogPolicy: DialogPolicy = .dismiss,
        owner: NetworkOwner = .unattended,
        deadline: Duration = .seconds(60)
    ) async throws -> Lease {
        let end = ContinuousClock.now.advanced(by: deadline)
        while true {
            var lease = try await take(until: end)
            do {
                if let door = lease.context.door {
                    try await door.give(to: owner, proxy: options.proxy)
                } else if options.proxy != nil {
                    lease = try await renew(lease, options)
                }
                try await lease.context.configure(options, dialogPolicy: dialogPolicy)
                return lease
            } catch {
                await giveBack(lease)
                // It died on the way to us: the next one is another.
                guard let error = error as? BrowserError,
                    [.browserCrashed, .pageCrashed, .pageClosed].contains(error.code),
                    ContinuousClock.now < end
                else {
                    throw error
                }
            }
        }
    }

    /// A proxy is given to a context when it is made: the warm one makes place for one that has it.
    private func renew(_ lease: Lease, _ options: PageOptions) async throws -> Lease {
        let context = try await lease.context.browser.newContext(options)
        await lease.context.close()
        let fresh = Lease(
            context: context,
            page: try await context.newPage(),
            number: lease.number,
            browser: lease.browser
        )
        guard contexts[lease.number] != nil else {
            await context.close()
            throw BrowserError(.browserCrashed, "The browser was lost while its context was made")
        }
        contexts[lease.number] = fresh
        return fresh
    }

    private func take(until end: ContinuousClock.Instant) async throws -> Lease {
        lastNumber += 1
        let number = lastNumber
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard !Task.isCancelled else {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                guard machine.wait(number) else {
                    let why = machine.isClosing ? "it is being closed" : "\(settings.maximumWaiting) jobs wait already"
                    continuation.resume(
                        throwing: BrowserError(.browserCrashed, "The browser pool takes no job: \(why)")
                    )
                    return
                }
                let timer = loop.schedule(after: end - .now) { [weak self] in
                    let error = BrowserError(
                        .timeout,
                        "No browser context became free in time; raise the number of browsers"
                    )
                    self?.assumeIsolated { $0.failWaiter(number, error) }
                }
                waiters[number] = (continuation, timer)
                advance()
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.failWaiter(number, CancellationError()) } }
        }
    }

    private func failWaiter(_ number: Int, _ error: any Error) {
        machine.cancel(number)
        guard let waiter = waiters.removeValue(forKey: number) else { return }
        waiter.timer.cancel()
        waiter.continuation.resume(throwing: error)
    }

    /// Takes a context back: it is closed with all its pages; returns when Chromium has done so.
    package func giveBack(_ lease: Lease) async {
        guard contexts.removeValue(forKey: lease.number) != nil else { return }
        await lease.context.close()
        machine.gaveBack(lease.number, in: lease.browser)
        advance()
    }

    package var status: Status {
        Status(
            browsers: machine.seats.compactMap(\.member).count,
            retiring: machine.retiring.count,
            warm: machine.warmCount,
            leased: machine.leasedCount,
            waiting: machine.waiting.count,
            lost: lostCount,
            retired: retiredCount
        )
    }

    /// Closes every browser, jobs or not; returns when no process is left.
    package func close() async {
        probeTimer?.cancel()
        for timer in timers { timer.cancel() }
        timers = []
        perform(machine.close())
        while let (number, task) = tasks.first {
            await task.value
            tasks[number] = nil
        }
        for browser in browsers.values { await browser.close() }
        browsers = [:]
        contexts = [:]
    }

    // MARK: Actions

    private func advance() {
        let before = machine.retiring.count
        let actions = machine.nextActions(at: .now)
        let closed = actions.count { if case .close = $0 { true } else { false } }
        retiredCount += max(0, machine.retiring.count + closed - before)
        perform(actions)
    }

    private func perform(_ actions: [StateMachine.Action]) {
        for action in actions {
            switch action {
            case .launch(let seat): run { await $0.launch(seat: seat) }
            case .warm(let browser): run { await $0.warm(browser) }
            case .close(let browser): run { await $0.closeBrowser(browser) }
            case .fail(let waiter, let error): failWaiter(waiter, error)
            case .hand(let context, let waiter):
                guard let lease = contexts[context], let waiter = waiters.removeValue(forKey: waiter) else { break }
                waiter.timer.cancel()
                waiter.continuation.resume(returning: lease)
            case .wake(let instant):
                timers = [
                    loop.schedule(after: instant - .now) { [weak self] in self?.assumeIsolated { $0.advance() } }
                ]
            }
        }
    }

    /// Not structured: the pool outlives whoever made it act; `close` waits for all of them.
    private func run(_ work: @escaping @Sendable (BrowserPool) async -> Void) {
        lastNumber += 1
        let number = lastNumber
        tasks[number] = Task {
            await work(self)
            tasks[number] = nil
        }
    }

    private func launch(seat: Int) async {
        lastNumber += 1
        let number = lastNumber
        do {
            let browser = try await Browser.launch(on: loops[number % loops.count], configuration, logger: logger)
            guard !machine.isClosing else {
                await browser.close()
                return
            }
            browsers[number] = browser
            machine.launched(number, seat: seat, at: .now)
            await browser.whenEnded { [weak self, loop] _ in
                loop.execute { self?.assumeIsolated { $0.browserEnded(number) } }
            }
        } catch {
            let error = error as? BrowserError ?? BrowserError(.browserCrashed, "Cannot start a browser: \(error)")
            logger.error("Cannot start a browser", ["reason": error.message])
            perform(machine.launchFailed(error, seat: seat, at: .now))
        }
        advance()
    }

    private func warm(_ number: Int) async {
        guard let browser = browsers[number] else { return }
        lastNumber += 1
        let context = lastNumber
        do {
            let fresh = try await browser.newContext(owner: nil)
            let page = try await fresh.newPage()
            guard browsers[number] != nil, !machine.isClosing else { return }
            contexts[context] = Lease(context: fresh, page: page, number: context, browser: number)
            machine.warmed(context, in: number)
        } catch {
            logger.warning("Cannot prepare a browser context", ["reason": "\(error)"])
            machine.warmingFailed(in: number)
            // A browser that cannot open a page is of no use; its jobs may still end well.
            machine.retire(number)
        }
        advance()
    }

    private func closeBrowser(_ number: Int) async {
        guard let browser = browsers[number] else { return }
        await browser.close()
        forget(number)
    }

    private func browserEnded(_ number: Int) {
        guard browsers[number] != nil else { return }
        if machine.browsers.contains(number), !machine.isClosing { lostCount += 1 }
        let browser = browsers[number]
        forget(number)
        // Its process is reaped and its directory removed by itself; `close` waits for that.
        run { _ in await browser?.close() }
        advance()
    }

    private func forget(_ number: Int) {
        browsers[number] = nil
        contexts = contexts.filter { $0.value.browser != number }
        machine.lost(number)
    }

    // MARK: Health

    private func scheduleProbe() {
        guard !machine.isClosing else { return }
        probeTimer?.cancel()
        probeTimer = loop.schedule(after: settings.probeInterval) { [weak self] in
            self?.assumeIsolated { pool in
                pool.run { await $0.probe() }
                pool.scheduleProbe()
            }
        }
    }

    /// Asks each browser and its warm pages; kills what does not answer, retires what grew too large.
    package func probe() async {
        for (number, browser) in browsers {
            do {
                try await browser.probe(deadline: settings.probeDeadline)
            } catch {
                logger.warning("Browser does not answer and is ended", ["reason": "\(error)"])
                await browser.kill()
                continue
            }
            await probeWarmPages(of: number)
            let memory = await ProcessGroupMemory.bytes(of: browser.processID, on: loop)
            if memory > settings.memoryBeforeRetirement {
                logger.info("Browser retires: too much memory", ["bytes": "\(memory)"])
                machine.retire(number)
            }
        }
        advance()
    }

    private func probeWarmPages(of browser: Int) async {
        let warm = machine.seats.compactMap(\.member).first { $0.browser == browser }?.warm ?? []
        for number in warm {
            guard let lease = contexts[number] else { continue }
            let works = try? await lease.page.evaluate("1", deadline: settings.probeDeadline)
            // It may have been handed out meanwhile; then it is its job's business.
            guard works == nil, machine.seats.contains(where: { $0.member?.warm.contains(number) == true }) else {
                continue
            }
            machine.spoiled(number, in: browser)
            contexts[number] = nil
            await lease.context.close()
        }
    }
}
