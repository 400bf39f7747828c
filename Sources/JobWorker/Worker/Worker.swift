package import EventLoops
import Executors
import JobModel
package import JobQueue
import Telemetry
import Threads

/// Claims jobs and runs them, several at once, until it is told to stop.
///
/// `drain` and `stop` are the first and the second signal; both end `run`.
package actor Worker {
    private struct Job {
        let control: RunControl
        let task: Task<Void, Never>
    }

    private let options: WorkerOptions
    private var services: WorkerServices
    private let index: any DispatchIndex
    private let keeper: LeaseKeeper
    private let logger: Logger
    private var state: WorkerState
    private var jobs: [Lease: Job] = [:]
    private var claiming: Task<Void, Never>?
    private var backoff = Backoff(longest: .seconds(5))
    private var waiting: CheckedContinuation<Void, Never>?
    private var hasChanged = false

    /// A worker that does nothing until `run`.
    ///
    /// - Parameters:
    ///   - index: for claims; its claims may block its connection.
    ///   - heartbeatIndex: for renewals alone, with a connection of its own on `heartbeatLoop`.
    ///   - heartbeatLoop: a loop with nothing else on it.
    ///   - heartbeatClock: with timers of that loop; `services.clock` when nil.
    package init(
        options: WorkerOptions,
        services: WorkerServices,
        index: any DispatchIndex,
        heartbeatIndex: any DispatchIndex,
        heartbeatLoop: EventLoop,
        heartbeatClock: WorkerClock? = nil
    ) {
        self.options = options
        self.services = services
        self.index = index
        logger = Logger(sink: services.logSink).with("worker", options.id.rawValue)
        keeper = LeaseKeeper(
            index: heartbeatIndex,
            loop: heartbeatLoop,
            clock: heartbeatClock ?? services.clock,
            length: options.lease,
            margin: options.leaseMargin,
            logger: logger
        )
        state = WorkerState(
            capacity: options.capacity,
            drainLimit: options.drainLimit,
            handBackLimit: options.handBackLimit
        )
    }

    /// Jobs running now.
    package var running: Int { state.jobs }

    /// Works until it is drained or stopped; cancelling the task stops it.
    package func run() async {
        let directory = await claimDirectory()
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.keeper.run() }
                group.addTask { await self.listenForCancellations() }
                await self.work()
                group.cancelAll()
            }
        } onCancel: {
            Task { await self.stop() }
        }
        if let directory { try? await JobWorkspace.sharedThread.run { directory.remove() } }
    }

    /// A directory of this process in the shared one; the shared one itself when that fails, and jobs say why.
    private func claimDirectory() async -> WorkDirectory? {
        do {
            let directory = try await JobWorkspace.sharedThread.run { [services, options] in
                try WorkDirectory.claim(options.id.rawValue, in: services.directory)
            }
            services.directory = directory.path
            return directory
        } catch {
            logger.error("No working directory", ["error": "\(error)"])
            return nil
        }
    }

    /// First signal: claims nothing more, lets running jobs finish, hands back what takes longer than the limit.
    package func drain() {
        state.drain(at: services.clock.now())
        claiming?.cancel()
        changed()
    }

    /// Second signal: stops every job at once; their leases run out and others take them over.
    package func stop() {
        if state.stop() { abandon() }
        claiming?.cancel()
        changed()
    }

    // MARK: Work

    private func work() async {
        while true {
            switch state.next(at: services.clock.now()) {
            case .claim:
                // Not structured: a shutdown ends its waiting alone. A lease it brings all the same goes back; one whose
                // answer is lost at that moment runs out by itself, and was never agreed to.
                claiming = Task { await self.claim() }
            case .wait(let until): await change(until: until)
            case .handBack: for job in jobs.values { job.control.stop(.drain) }
            case .abandon: abandon()
            case .end: return
            }
        }
    }

    private func claim() async {
        let asked = services.clock.now()
        do {
            let lease = try await index.claim(
                worker: options.id,
                capabilities: services.registry.capabilities,
                lease: options.lease,
                wait: options.claimWait
            )
            backoff.reset()
            if let lease {
                await begin(lease, since: asked)
            } else {
                state.claimedNothing(nextAt: nil)
            }
        } catch is CancellationError {
            state.claimedNothing(nextAt: nil)
        } catch {
            logger.warning("No claim possible, trying again", ["error": "\(error)"])
            state.claimedNothing(nextAt: services.clock.now() + backoff.pause())
        }
        changed()
    }

    private func begin(_ lease: Lease, since asked: ContinuousClock.Instant) async {
        let control = RunControl()
        if !state.claimed() { control.stop(.drain) }
        let handler = LeaseHandler(
            lease: lease,
            services: services,
            index: index,
            parallelSteps: options.parallelSteps
        )
        await keeper.hold(lease, since: asked) { signal in
            switch signal {
            case .cancel: control.stop(.cancelled)
            case .lost: control.stop(.lost)
            }
        }
        // Not structured: it is ended by its control, one by one, and `end` waits for all.
        let task = Task {
            await handler.handle(control)
            await self.ended(lease)
        }
        control.whenLost { task.cancel() }
        if state.phase == .stopped { control.stop(.lost) }
        jobs[lease] = Job(control: control, task: task)
    }

    private func ended(_ lease: Lease) async {
        await keeper.release(lease)
        jobs[lease] = nil
        state.jobEnded()
        changed()
    }

    private func abandon() {
        for job in jobs.values { job.control.stop(.lost) }
    }

    /// Cancellations come by the heartbeat too; this only makes them fast.
    private func listenForCancellations() async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                for await job in try await index.cancellations() {
                    backoff.reset()
                    for (lease, running) in jobs where lease.job == job { running.control.stop(.cancelled) }
                }
            } catch {
                logger.debug("Cancellations not pushed, trying again", ["error": "\(error)"])
            }
            try? await services.clock.sleep(services.clock.now() + backoff.pause())
        }
    }

    // MARK: Waiting

    /// Waits until something changed since the last time, or the instant has come.
    private func change(until: ContinuousClock.Instant?) async {
        if hasChanged {
            hasChanged = false
            return
        }
        let timer = until.map { until in
            Task { [services] in
                try await services.clock.sleep(until)
                self.changed()
            }
        }
        await withCheckedContinuation { waiting = $0 }
        hasChanged = false
        timer?.cancel()
    }

    private func changed() {
        hasChanged = true
        waiting?.resume()
        waiting = nil
    }
}
