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
    /// What is done with one lease: says when the job is agreed to and waits for its place, says when it is over and has left
    /// it; returns whether the scheduler knows how it ended, so that the lease is to be given back.
    package typealias Handler =
        @Sendable (
            _ lease: Lease,
            _ control: RunControl,
            _ whenAgreed: @Sendable () async -> Void,
            _ whenOver: @Sendable () async -> Void
        ) async -> Bool

    private struct Job {
        let control: RunControl
        let task: Task<Void, Never>
        /// It was agreed to and waits for a place.
        var seat: CheckedContinuation<Void, Never>?
    }

    private let options: WorkerOptions
    private var services: WorkerServices
    private let link: HeardLink
    private let index: any DispatchIndex
    private let keeper: LeaseKeeper
    private let capabilities: Set<String>
    private let handler: Handler?
    private let logger: Logger
    private var state: WorkerState
    private var jobs: [Lease: Job] = [:]
    private var claiming: Task<Void, Never>?
    private var backoff = Backoff(longest: .seconds(5))
    /// Between two probes: a scheduler that is back waits for its workers no longer.
    private var probing = Backoff(longest: .seconds(2))
    private var isUnheard = false
    private var waiting: CheckedContinuation<Void, Never>?
    private var hasChanged = false

    /// A worker that does nothing until `run`.
    ///
    /// - Parameters:
    ///   - index: for claims; its claims may block its connection.
    ///   - heartbeatIndex: for renewals alone, with a connection of its own on `heartbeatLoop`.
    ///   - heartbeatLoop: a loop with nothing else on it.
    ///   - heartbeatClock: with timers of that loop; `services.clock` when nil.
    ///   - handler: does something else with jobs than to run them, to measure what is around that.
    package init(
        options: WorkerOptions,
        services: WorkerServices,
        index: any DispatchIndex,
        heartbeatIndex: any DispatchIndex,
        heartbeatLoop: EventLoop,
        heartbeatClock: WorkerClock? = nil,
        handler: Handler? = nil
    ) {
        self.options = options
        var services = services
        let link = HeardLink(services.link)
        services.link = link
        self.link = link
        self.services = services
        self.index = index
        self.handler = handler
        capabilities = services.registry.capabilities
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
            handBackLimit: options.handBackLimit,
            isHeard: false
        )
    }

    /// Jobs at work now.
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
        if state.stop(at: services.clock.now()) { abandon() }
        claiming?.cancel()
        changed()
    }

    // MARK: Work

    private func work() async {
        while true {
            switch state.next(at: services.clock.now()) {
            case .probe:
                // Not structured: a shutdown ends it.
                claiming = Task { await self.probe() }
            case .claim(let count, let finished):
                // Not structured: a shutdown ends its waiting alone. A lease it brings all the same goes back; one whose
                // answer is lost at that moment runs out by itself, and was never agreed to.
                claiming = Task { await self.claim(upTo: count, finishing: finished) }
            case .finish(let finished):
                // Not structured: the worker goes on meanwhile; `end` waits for it.
                Task { await self.finish(finished) }
            case .wait(let until): await change(until: until)
            case .begin(let lease): seat(lease)
            case .handBackWaiting(let lease): stop(lease, .busy)
            case .handBack: for lease in jobs.keys { stop(lease, .drain) }
            case .abandon: abandon()
            case .end: return
            }
        }
    }

    /// Asks whether the scheduler is there, and renewals are answered; an outage is said once, and so is its end.
    private func probe() async {
        do {
            do { try await link.probe() } catch is SchedulerRefusal {}
            try await keeper.probe()
            if isUnheard { logger.info("Jobs are claimed again") }
            isUnheard = false
            probing.reset()
            state.probed(nextAt: nil)
        } catch is CancellationError {
            state.probed(nextAt: services.clock.now())
        } catch {
            if !isUnheard {
                logger.warning("No job is claimed before this is over", ["error": "\(error)"])
            }
            isUnheard = true
            state.probed(nextAt: services.clock.now() + probing.pause())
        }
        changed()
    }

    private func claim(upTo count: Int, finishing finished: [Lease]) async {
        var unfinished = finished
        do {
            var asked = services.clock.now()
            var leases: [Lease] = []
            if !finished.isEmpty {
                leases = try await exchange(finished, upTo: count)
                unfinished = []
            }
            if leases.isEmpty {
                asked = services.clock.now()
                leases = try await index.claim(
                    upTo: count,
                    worker: options.id,
                    capabilities: capabilities,
                    lease: options.lease,
                    wait: options.claimWait
                )
            }
            backoff.reset()
            if leases.isEmpty { state.claimedNothing(nextAt: nil) } else { await begin(leases, since: asked) }
        } catch is CancellationError {
            state.claimedNothing(nextAt: nil, unfinished: unfinished)
        } catch {
            logger.warning("No claim possible, trying again", ["error": "\(error)"])
            state.claimedNothing(nextAt: services.clock.now() + backoff.pause(), unfinished: unfinished)
        }
        changed()
    }

    /// Gives leases back and takes others in one round trip; a shutdown does not break it off.
    private func exchange(_ finished: [Lease], upTo count: Int) async throws -> [Lease] {
        await keeper.release(finished)
        // Not structured: see above. Ends with the index's own deadline.
        return try await Task { [index, options, capabilities] in
            try await index.finish(
                finished,
                andClaimUpTo: count,
                worker: options.id,
                capabilities: capabilities,
                lease: options.lease
            ).claimed
        }.value
    }

    private func finish(_ leases: [Lease]) async {
        await keeper.release(leases)
        do {
            _ = try await index.finish(leases, andClaimUpTo: 0, worker: options.id, capabilities: [], lease: .zero)
        } catch {
            // They run out by themselves, and the scheduler knows already how the jobs ended.
            logger.warning("Leases not given back", ["error": "\(error)", "leases": String(leases.count)])
        }
        state.gaveBack()
        changed()
    }

    private func begin(_ claimed: [Lease], since asked: ContinuousClock.Instant) async {
        // An index that forgot everything between a claim and its `agree` gives the same lease again: it is held already.
        let leases = claimed.filter { !state.holds($0) }
        let mayRun = state.claimed(leases, at: services.clock.now())
        let controls = leases.map { lease in (lease: lease, control: RunControl()) }
        await keeper.hold(leases, since: asked) { lease, signal in
            guard let control = controls.first(where: { $0.lease == lease })?.control else { return }
            switch signal {
            case .cancel: control.stop(.cancelled)
            case .pause: control.hold(true)
            case .resume: control.hold(false)
            case .drain: control.stop(.drain)
            case .lost: control.stop(.lost)
            }
        }
        for (lease, control) in controls {
            if !mayRun { control.stop(.drain) }
            start(lease, control)
        }
    }

    /// The handler of a worker that runs jobs.
    private var jobHandler: Handler {
        { [services, options] lease, control, whenAgreed, whenOver in
            await LeaseHandler(
                lease: lease,
                services: services,
                parallelSteps: options.parallelSteps,
                patience: options.lease
            )
            .handle(control, whenAgreed: whenAgreed, whenOver: whenOver)
        }
    }

    private func start(_ lease: Lease, _ control: RunControl) {
        let handle = handler ?? jobHandler
        // Not structured: it is ended by its control, one by one, and `end` waits for all.
        let task = Task {
            let isOver = await handle(
                lease,
                control,
                { await self.place(for: lease) },
                { await self.reports(lease) }
            )
            await self.ended(lease, isOver: isOver)
        }
        control.whenLost { task.cancel() }
        if state.phase == .stopped { control.stop(.lost) }
        jobs[lease] = Job(control: control, task: task)
    }

    /// Returns when the job has a place, or was told to stop because there is none.
    private func place(for lease: Lease) async {
        let isToldToStop = jobs[lease]?.control.requested != nil
        let isSeated = state.agreed(lease, at: services.clock.now(), isToldToStop: isToldToStop)
        changed()
        if !isSeated { await withCheckedContinuation { jobs[lease]?.seat = $0 } }
    }

    private func seat(_ lease: Lease) {
        jobs[lease]?.seat?.resume()
        jobs[lease]?.seat = nil
    }

    private func stop(_ lease: Lease, _ reason: JobRun.StopReason) {
        jobs[lease]?.control.stop(reason)
        seat(lease)
    }

    private func reports(_ lease: Lease) async {
        let isUnheard = await isLostUnheard(lease)
        state.reports(lease, at: services.clock.now(), isUnheard: isUnheard)
        changed()
    }

    /// Whether the lease was lost because renewals are not answered.
    private func isLostUnheard(_ lease: Lease) async -> Bool {
        guard jobs[lease]?.control.requested == .lost else { return false }
        return await !keeper.isAnswered
    }

    private func ended(_ lease: Lease, isOver: Bool) async {
        // One that goes back is kept until it does: so one call to the keeper's loop is enough for many.
        let isLostUnheard = await isLostUnheard(lease)
        if !isOver { await keeper.release([lease]) }
        jobs[lease] = nil
        state.ended(lease, isOver: isOver, isUnheard: !isOver && (isLostUnheard || !link.isHeard))
        changed()
    }

    private func abandon() {
        for lease in jobs.keys { stop(lease, .lost) }
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
