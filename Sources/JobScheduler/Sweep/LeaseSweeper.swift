import JobModel
import JobQueue
import Storage
import Telemetry

/// Finds leases that ran out and jobs that are past a limit of theirs.
struct LeaseSweeper {
    private static let batch = 200

    let writer: JobWriter
    let index: any DispatchIndex
    let configuration: SchedulerConfiguration
    let logger: Logger
    let stuckLeases = StuckJobs()
    let stuckOverdue = StuckJobs()

    /// Sweeps until cancelled.
    func run() async {
        var presence = configuration.presence
        var passes = 0
        var failures = 0
        var isBroken = false
        while !Task.isCancelled {
            if passes % 4 == 0 { watchStore(&isBroken) }
            var failure: (any Error)?
            do { try await pass(&presence) } catch { failure = error }
            // Whatever the sweep stumbled over: messages must not be kept for ever.
            if passes % 1_000 == 0 { do { try await forgetMessages() } catch { failure = failure ?? error } }
            if let failure {
                // An outage is one line a minute, not two a second.
                if failures % 120 == 0 { logger.warning("Sweeps fail and are repeated", ["error": "\(failure)"]) }
                failures += 1
            } else {
                failures = 0
            }
            passes += 1
            try? await Task.sleep(for: configuration.sweepInterval)
        }
    }

    /// Says once that the store takes no writes, whoever else asks, and once that it does again.
    private func watchStore(_ isBroken: inout Bool) {
        do {
            try writer.check(isTrying: true)
            if isBroken { logger.info("The store takes writes again") }
            isBroken = false
        } catch {
            if !isBroken { logger.error("The store takes no writes", ["error": "\(error)"]) }
            isBroken = true
        }
    }

    /// Sweeps once; notes in `presence` whether that was possible.
    ///
    /// - Throws: the first error, after everything had its turn.
    func pass(_ presence: inout Presence) async throws {
        presence.passed(at: writer.environment.now())
        var failure: (any Error)?
        do {
            try await sweepOverdue()
        } catch {
            presence.failed()
            failure = error
        }
        do {
            let expired = try await index.expired(limit: Self.batch)
            let isAsking = !expired.isEmpty || presence.wantsClock(at: writer.environment.now())
            let time = isAsking ? try await index.now() : nil
            // What kept the answer back, or moved the clock it was found by, kept workers from renewing too.
            presence.passed(at: writer.environment.now(), index: time)
            try await giveBack(expired, countingLosses: presence.coversLease(at: writer.environment.now()))
        } catch {
            presence.failed()
            failure = failure ?? error
        }
        if let failure { throw failure }
    }

    /// Gives back the jobs of leases that ran out; a job that lost too many workers is dead.
    ///
    /// - Parameter isCounting: whether their workers are to blame; not after an outage they could not renew in.
    func giveBack(_ expired: [Lease], countingLosses isCounting: Bool) async throws {
        let limits = configuration.lossLimits
        try await forEach(expired, of: \.job, stuckLeases) { lease in
            do {
                let fence = JobChange.Fence(worker: lease.worker, epoch: lease.epoch)
                try await writer.change(lease.job, by: "scheduler") { change, transaction in
                    try change.learnDoubts(from: transaction)
                    if change.lost(fence, limits, isCounted: isCounting) { return true }
                    // Whatever else the index says of it is out of date.
                    if change.job.state != .running, change.job.epoch > fence.epoch || change.job.state.isTerminal {
                        try transaction.notifyIndex(of: lease.job)
                        transaction.afterCommit { [relay = writer.announcer.relay] in relay.raise() }
                    }
                    return false
                }
                logger.info("A lease ran out", ["job": lease.job.rawValue, "worker": lease.worker.rawValue])
            } catch let error as SchedulerError where error.code == .notFound {
                try await index.remove(lease.job)
            }
        }
    }

    /// Ends waiting jobs past their deadline, and asks running ones past their limit to stop.
    func sweepOverdue() async throws {
        let now = writer.environment.now()
        let grace = configuration.overdueGrace.milliseconds
        let overdue = try await writer.read { try $0.overdueJobs(at: now, limit: Self.batch) }
        try await forEach(overdue, of: \.id, stuckOverdue) { job in
            // The worker knows the limit too and reports it with more to say; this is for the one that does not.
            if job.state == .running, let limit = job.runUntil, limit <= now, limit + grace > now { return }
            try await writer.change(job.id, by: "scheduler") { change, _ in change.overdue() }
        }
    }

    /// Changes one job after the other: what is wrong with one is logged, and the others have their turn.
    ///
    /// - Throws: when all had their turn, the first error that says more of the store than of a job; at once what is no word of
    ///   the scheduler's, such as a cancellation or an index that is away.
    private func forEach<Item>(
        _ items: [Item],
        of job: (Item) -> JobID,
        _ stuck: StuckJobs,
        _ body: (Item) async throws -> Void
    ) async throws {
        var outage: SchedulerError?
        var found: [JobID: String] = [:]
        for item in items {
            do {
                try await body(item)
            } catch let error as SchedulerError {
                if error.isTransient || error.code == .storageFull {
                    outage = outage ?? error
                } else {
                    found[job(item)] = error.message
                }
            }
        }
        for id in stuck.replace(with: found) {
            logger.warning("A sweep cannot change a job", ["job": id.rawValue, "error": found[id] ?? ""])
        }
        if let outage { throw outage }
    }

    private func forgetMessages() async throws {
        let before = writer.environment.now() - configuration.messageRetention.milliseconds
        try await writer.write { try $0.deleteMessages(before: before, limit: 10_000) }
    }
}
