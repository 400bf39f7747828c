import JobModel
import Storage
import Telemetry

/// Removes what was kept long enough, a little at a time.
///
/// Rows go first, each job in one transaction with its audit record. A file goes an hour after the last row that named it: a
/// job that was just being made may name it again.
struct Janitor {
    private static let batch = 100
    private static let fileGrace: Int64 = 3_600_000

    let writer: JobWriter
    let files: ArtifactFiles
    let retention: Retention
    let interval: Duration
    let logger: Logger

    /// Cleans until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                while try await clean() { await Task.yield() }
            } catch {
                logger.warning("Cleaning up failed and is repeated", ["error": "\(error)"])
            }
            try? await Task.sleep(for: interval)
        }
    }

    /// Removes one batch of everything.
    ///
    /// - Returns: whether there may be more.
    func clean() async throws -> Bool {
        let now = writer.environment.now()
        var hasMore = try await removeJobs(at: now)
        if let age = retention.files {
            let before = now - age.milliseconds
            let count = try await writer.write { try $0.deleteFiles(endedBefore: before, at: now, limit: Self.batch) }
            hasMore = hasMore || count == Self.batch
        }
        return try await removeUnusedFiles(at: now) || hasMore
    }

    private func removeJobs(at now: Int64) async throws -> Bool {
        let retention = retention
        let before = retention.jobs.map { now - $0.milliseconds }
        let jobs = try await writer.read { snapshot in
            try snapshot.endedJobs(before: before, beyond: retention.count, limit: Self.batch)
        }
        guard !jobs.isEmpty else { return false }
        try await writer.write { transaction in
            for id in jobs {
                guard let job = try transaction.job(id), job.state.isTerminal,
                    try !transaction.isHeld(id, tenant: job.tenant)
                else { continue }
                try transaction.append(JobChange(job, at: now, by: "retention").purged())
                try transaction.deleteJob(id, at: now)
            }
        }
        logger.info("Old jobs were removed", ["jobs": String(jobs.count)])
        return jobs.count == Self.batch
    }

    private func removeUnusedFiles(at now: Int64) async throws -> Bool {
        let before = now - Self.fileGrace
        let listed = try await writer.read { try $0.unusedFiles(before: before, limit: Self.batch) }
        guard !listed.isEmpty else { return false }
        for file in listed where !file.isUsed {
            await files.remove(sha256: file.sha256, unlessWrittenSince: before / 1_000)
        }
        try await writer.write { try $0.forgetUnusedFiles(listed.map(\.sha256)) }
        return listed.count == Self.batch
    }
}
