import JobModel
import Storage

/// Runs changes of jobs as transactions; what every part of the scheduler that writes shares.
struct JobWriter: Sendable {
    let store: any Store
    let announcer: Announcer
    let environment: SchedulerEnvironment

    /// Changes a job in a transaction.
    ///
    /// - Parameter body: makes the change; false leaves the job as it is. It can write more in the same transaction.
    /// - Returns: the job afterwards.
    /// - Throws: `SchedulerError`: `notFound` when the job is not there or not the tenant's, and what `body` throws.
    @discardableResult
    func change(
        _ id: JobID,
        tenant: TenantID? = nil,
        by actor: String,
        origin: RequestOrigin? = nil,
        _ body: @escaping @Sendable (inout JobChange, any StoreTransaction) throws -> Bool
    ) async throws -> JobRecord {
        let now = environment.now()
        return try await write { transaction in
            guard let job = try transaction.job(id), tenant == nil || job.tenant == tenant else {
                throw SchedulerError.notFound(id)
            }
            var change = JobChange(job, at: now, by: actor, origin: origin)
            guard try body(&change, transaction) else { return job }
            return try change.save(in: transaction, announcing: announcer)
        }
    }

    /// Runs a transaction with errors in the scheduler's words.
    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> R) async throws -> R {
        do {
            return try await store.write(body)
        } catch let error as StorageError { throw SchedulerError(error) }
    }

    /// Whether the store takes writes now, with its errors in the scheduler's words.
    ///
    /// - Parameter isTrying: as the store's.
    /// - Throws: `SchedulerError` with the reason.
    func check(isTrying: Bool = false) throws {
        do { try store.check(isTrying: isTrying) } catch let error as StorageError { throw SchedulerError(error) }
    }

    /// Runs queries with errors in the scheduler's words.
    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreSnapshot) throws -> R) async throws -> R {
        do {
            return try await store.read(body)
        } catch let error as StorageError { throw SchedulerError(error) }
    }
}
