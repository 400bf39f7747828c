package import EventLoops
import JobModel
package import JobQueue
package import Telemetry

/// What a job must know of its lease.
package enum LeaseSignal: Sendable, Hashable {
    /// The user wants it to stop.
    case cancel
    /// It begins no further step until `resume`.
    case pause
    /// The pause is over.
    case resume
    /// It goes back to the queue.
    case drain
    /// It is held no longer: stop at once, write nothing more.
    case lost
}

/// Renews the leases of a worker and tells its jobs what comes back.
///
/// Thread: lives on a loop of its own with an index (connection) of its own, so that neither a busy page nor a busy pool
/// costs a lease.
package actor LeaseKeeper {
    private let loop: EventLoop
    /// Runs on its loop.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let index: any DispatchIndex
    private let clock: WorkerClock
    private let length: Duration
    private let logger: Logger
    private var table: LeaseTable
    private var signals: [Lease: @Sendable (LeaseSignal) -> Void] = [:]
    private var timerAt: ContinuousClock.Instant?
    /// Whether the last renewal was answered; true before the first, not while one is under way.
    package private(set) var isAnswered = true
    private let wakes: AsyncStream<Void>
    // At most one wake-up waits; more would say the same.
    private let wake: AsyncStream<Void>.Continuation

    /// A keeper that does nothing until `run`.
    ///
    /// - Parameters:
    ///   - index: used for renewals alone.
    ///   - length: of a lease without renewal.
    ///   - margin: how long before its end a lease that could not be renewed is given up.
    package init(
        index: any DispatchIndex,
        loop: EventLoop,
        clock: WorkerClock,
        length: Duration,
        margin: Duration,
        logger: Logger
    ) {
        self.index = index
        self.loop = loop
        self.clock = clock
        self.length = length
        self.logger = logger
        table = LeaseTable(length: length, margin: margin)
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Keeps leases from now on.
    ///
    /// - Parameters:
    ///   - since: when they were asked for.
    ///   - signal: called on the loop with the lease it is about; must not block.
    package func hold(
        _ leases: [Lease],
        since: ContinuousClock.Instant,
        signal: @escaping @Sendable (Lease, LeaseSignal) -> Void
    ) {
        for lease in leases {
            signals[lease] = { signal(lease, $0) }
            table.hold(lease, since: since)
        }
        if nextWake != nil { wake.yield() }
    }

    /// Stops keeping leases.
    package func release(_ leases: [Lease]) {
        for lease in leases {
            signals[lease] = nil
            table.release(lease)
        }
    }

    /// Asks whether renewals would be answered.
    ///
    /// - Throws: what the index throws; `DeadlinePassed` when it does not answer as soon as a renewal must be.
    package func probe() async throws {
        let until = clock.now() + table.beatTimeout
        _ = try await withDeadline(until, grace: .zero, clock: clock, on: loop) { [index] in try await index.now() }
        isAnswered = true
    }

    /// Renews until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            wake.yield()
            for await _ in wakes {
                if Task.isCancelled { break }
                perform(table.tick(at: clock.now()), in: &group)
                startTimer(in: &group)
            }
            group.cancelAll()
        }
    }

    /// When there is something to do, unless a timer comes by then.
    private var nextWake: ContinuousClock.Instant? {
        table.wakeAt.flatMap { next in timerAt.map { next < $0 } ?? true ? next : nil }
    }

    private func startTimer(in group: inout DiscardingTaskGroup) {
        guard let next = nextWake else { return }
        timerAt = next
        group.addTask { [clock] in
            try? await clock.sleep(next)
            await self.timerFired(next)
        }
    }

    private func timerFired(_ instant: ContinuousClock.Instant) {
        if timerAt == instant { timerAt = nil }
        wake.yield()
    }

    private func perform(_ actions: [LeaseTable.Action], in group: inout DiscardingTaskGroup) {
        for action in actions {
            if case .beat(let leases) = action {
                group.addTask { await self.beat(leases) }
            } else {
                tell(action)
            }
        }
    }

    private func tell(_ action: LeaseTable.Action) {
        switch action {
        case .beat: break
        case .cancel(let lease): signals[lease]?(.cancel)
        case .pause(let lease): signals[lease]?(.pause)
        case .resume(let lease): signals[lease]?(.resume)
        case .drain(let lease): signals[lease]?(.drain)
        case .lost(let lease):
            logger.warning("Lease lost", ["job": lease.job.rawValue, "epoch": lease.epoch.description])
            signals.removeValue(forKey: lease)?(.lost)
        }
    }

    private func beat(_ leases: [Lease]) async {
        let until = clock.now() + table.beatTimeout
        isAnswered = false
        do {
            let replies = try await withDeadline(until, grace: .zero, clock: clock, on: loop) { [index, length] in
                try await index.heartbeat(leases, lease: length)
            }
            isAnswered = true
            for action in table.replied(replies, to: leases) { tell(action) }
        } catch {
            logger.warning("Leases not renewed", ["error": "\(error)", "leases": String(leases.count)])
            table.beatFailed(at: clock.now())
        }
        wake.yield()
    }
}
