import JSON
package import JobModel
package import Security
import Storage
import Telemetry

extension Scheduler {
    /// What is to be erased.
    package enum EraseTarget: Sendable {
        case job(JobID)
        /// A mail address, as it stands in what was recorded.
        case person(String)
    }

    /// Files that are set aside at once: who asks for one that is put back does not find it meanwhile.
    private static let fileBatch = 50

    /// Erases what is personal about a job, or about all jobs that name a person: destroys the keys of their audit records,
    /// and removes the jobs with their events, messages, webhook calls, idempotency keys and files, and messages and uploads of
    /// no job. The chain stays whole and says that it happened. What people set up and live by is named only.
    ///
    /// - Parameter isDryRun: whether only what would happen is told.
    /// - Throws: `SchedulerError`: `notFound`, `invalidInput` for a person that is no address.
    package func erase(
        _ target: EraseTarget,
        isDryRun: Bool,
        as caller: Principal
    ) async throws -> AuditErasure {
        let now = writer.environment.now()
        let traces: PersonTraces
        switch target {
        case .job(let id): traces = PersonTraces(of: id)
        case .person(let name):
            try Self.checkAddress(name)
            traces = try await PersonTraces(of: name, tenant: caller.tenant, writer)
        }
        let (result, unused) = try await writer.write { transaction in
            var run = ErasureRun(traces, as: caller, at: now, isDryRun: isDryRun, in: transaction)
            try run.run()
            if case .job(let id) = target, run.result.jobs.isEmpty, run.result.refused.isEmpty {
                throw SchedulerError.notFound(id)
            }
            return (run.result, run.files)
        }
        guard !isDryRun else { return result }
        var erasure = result
        erasure.files = await remove(unused)
        await writer.store.checkpoint()
        return erasure
    }

    /// What is searched for is an address alone: with a name or brackets around it nothing would be found, and that taken for the
    /// truth.
    private static func checkAddress(_ person: String) throws {
        let parts = person.split(separator: "@", omittingEmptySubsequences: false)
        let isAddress = parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
        guard isAddress, !person.contains(where: { $0.isWhitespace || "<>,;\"".contains($0) }) else {
            throw SchedulerError.member(
                "/person",
                "must be one mail address such as anna@kunde.example, without a name or brackets, is '\(person.prefix(80))'"
            )
        }
    }

    // MARK: Files

    /// Removes files that nobody has any more, without the hour they are kept as a rule. Those that fail the janitor removes.
    ///
    /// - Returns: how many are gone.
    private func remove(_ hashes: [String]) async -> Int {
        var count = 0
        for start in stride(from: 0, to: hashes.count, by: Self.fileBatch) {
            do {
                count += try await removeBatch(Array(hashes[start...].prefix(Self.fileBatch)))
            } catch {
                logger.warning("Files of an erasure stay for an hour", ["error": "\(error)"])
            }
        }
        return count
    }

    private func removeBatch(_ hashes: [String]) async throws -> Int {
        let aside = await files.setAside(hashes)
        let used: Set<String>
        do {
            used = try await writer.read { try $0.filesInUse(among: aside) }
        } catch {
            await files.putBack(aside)
            throw error
        }
        await files.putBack(aside.filter { used.contains($0) })
        let gone = aside.filter { !used.contains($0) }
        guard !gone.isEmpty else { return 0 }
        try await files.removeAside(gone)
        try await writer.write { try $0.forgetUnusedFiles(gone) }
        return gone.count
    }
}
