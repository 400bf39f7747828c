import JobModel
import JobQueue
import Storage
import Telemetry

/// Compares the dispatch index with the store, and the store wins.
///
/// What the index does not know of waiting jobs is fed to it again: after `FLUSHALL`, a restart without persistence, a lost
/// write. A running job the index does not know is given back once its lease would be over: until then its worker may be
/// alive, and learns from its heartbeat that it must stop.
actor Reconciler {
    private static let page = 500

    private let writer: JobWriter
    private let index: any DispatchIndex
    private let configuration: SchedulerConfiguration
    private let logger: Logger
    /// When a running job was first found missing, milliseconds since 1970.
    private var missingSince: [JobID: Int64] = [:]

    init(writer: JobWriter, index: any DispatchIndex, configuration: SchedulerConfiguration, logger: Logger) {
        self.writer = writer
        self.index = index
        self.configuration = configuration
        self.logger = logger
    }

    /// Reconciles at once, then whenever `wake` is raised and at intervals: shorter ones while a running job is missing, which
    /// is given back after a lease.
    func run(wake: Signal) async {
        await withDiscardingTaskGroup { group in
            var alarm = Alarm()
            wake.raise()
            for await _ in wake.heard {
                do {
                    try await reconcile()
                } catch {
                    logger.warning("Comparing the dispatch index with the store failed", ["error": "\(error)"])
                }
                let interval = configuration.reconcileInterval
                let pause = missingSince.isEmpty ? interval : min(configuration.lease / 4, interval)
                alarm.set(in: pause, raising: wake, in: &group)
            }
            group.cancelAll()
        }
    }

    /// One comparison.
    func reconcile() async throws {
        try await index.apply(DispatchPolicy(try await writer.read { try $0.policies() }))
        try await feedMissing()
        try await giveBackForgotten()
    }

    private func feedMissing() async throws {
        try await forEachPage(of: [.pending, .scheduled]) { jobs in
            let missing = try await index.missing(among: jobs)
            guard !missing.isEmpty else { return }
            try await writer.write { for job in missing { try $0.notifyIndex(of: job) } }
            writer.announcer.relay.raise()
            logger.info("Waiting jobs were missing in the dispatch index", ["jobs": "\(missing.count)"])
        }
    }

    private func giveBackForgotten() async throws {
        let now = writer.environment.now()
        var missingNow: [JobID: Int64] = [:]
        try await forEachPage(of: [.running]) { jobs in
            for job in try await index.missing(among: jobs) { missingNow[job] = missingSince[job] ?? now }
        }
        missingSince = missingNow
        let patience = configuration.isIndexVolatile ? 0 : configuration.lease.milliseconds
        let limits = configuration.lossLimits
        for (job, since) in missingNow where now - since >= patience {
            try await writer.change(job, by: "scheduler") { change, transaction in
                try change.learnDoubts(from: transaction)
                return change.forgotten(limits)
            }
            missingSince[job] = nil
            logger.warning("The dispatch index forgot a lease", ["job": job.rawValue])
        }
    }

    private func forEachPage(of states: Set<JobState>, _ body: ([JobID]) async throws -> Void) async throws {
        var last: JobID?
        while true {
            let after = last
            let jobs = try await writer.read { try $0.jobIDs(in: states, after: after, limit: Self.page) }
            if !jobs.isEmpty { try await body(jobs) }
            guard jobs.count == Self.page else { return }
            last = jobs.last
        }
    }
}
