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

    /// Sweeps until cancelled.
    func run() async {
        var presence = configuration.presence
        var passes = 0
        var failures = 0
        while !Task.isCancelled {
            do {
                try await pass(&presence)
                if passes % 1_000 == 0 { try await forgetMessages() }
                failures = 0
            } catch {
                // An outage is one line a minute, not two a second.
                if failures % 120 == 0 { logger.warning("Sweeps fail and are repeated", ["error": "\(error)"]) }
                failures += 1
            }
            passes += 1
            try? await Task.sleep(for: configuration.sweepInterval)
        }
    }

    /// Sweeps once; notes in `presence` whether that was possible.
    func pass(_ presence: inout Presence) async throws {
        presence.passed(at: writer.environment.now())
        do {
            try await sweepOverdue()
            try await sweepLeases(countingLosses: presence.coversLease(at: writer.environment.now()))
        } catch {
            presence.failed()
            throw error
        }
    }

    /// Gives back the jobs of leases that ran out; a job that lost too many workers is dead.
    ///
    /// - Parameter isCounting: whether their workers are to blame; not after an outage they could not renew in.
    func sweepLeases(countingLosses isCounting: Bool) async throws {
        for lease in try await index.expired(limit: Self.batch) {
            let limits = configuration.lossLimits
            do {
                let fence = JobChange.Fence(worker: lease.worker, epoch: lease.epoch)
                try await writer.change(lease.job, by: "scheduler") { change, transaction in
                    try change.learnDoubts(from: transaction)
                    if change.lost(fence, limits, isCounted: isCounting) { return true }
                    // Whatever else the index says of it is out of date.
                    if change.job.state != .running, change.job.epoch > fence.epoch || change.job.state.isTerminal {
                        try transaction.notifyIndex(of: lease.job)
                        writer.announcer.relay.raise()
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
        for job in try await writer.read({ try $0.overdueJobs(at: now, limit: Self.batch) }) {
            // The worker knows the limit too and reports it with more to say; this is for the one that does not.
            if job.state == .running, let limit = job.runUntil, limit <= now, limit + grace > now { continue }
            try await writer.change(job.id, by: "scheduler") { change, _ in change.overdue() }
        }
    }

    private func forgetMessages() async throws {
        let before = writer.environment.now() - configuration.messageRetention.milliseconds
        try await writer.write { try $0.deleteMessages(before: before, limit: 10_000) }
    }
}
