package import JobModel
package import Security
package import Storage

extension Scheduler {
    /// Stops a job in any state: at once when it waits, else when its worker has let go (2 s) or its lease is over.
    ///
    /// Cancelling twice is no error.
    /// - Returns: the job; `stopReason` is set while it still runs.
    /// - Throws: `SchedulerError`: `notFound`, `conflict` when it ended otherwise.
    package func cancel(
        _ id: JobID,
        ifStill versions: Set<JobVersion>? = nil,
        as caller: Principal,
        origin: RequestOrigin? = nil
    ) async throws -> JobRecord {
        try await writer.change(id, tenant: caller.tenant, by: caller.id, origin: origin) { change, _ in
            try change.check(versions)
            return try change.cancel()
        }
    }

    /// Runs an ended job again: steps that changed the world are not repeated, unless it is a fresh run.
    ///
    /// A fresh run forgets the files its steps made; those that came with the submission stay.
    /// - Throws: `SchedulerError`: `notFound`, `conflict` when it has not ended, or a legal hold keeps what a fresh run would
    ///   forget, `preconditionFailed`.
    package func retry(
        _ id: JobID,
        isFresh: Bool = false,
        ifStill versions: Set<JobVersion>? = nil,
        as caller: Principal,
        origin: RequestOrigin? = nil
    ) async throws -> JobRecord {
        try await writer.change(id, tenant: caller.tenant, by: caller.id, origin: origin) { change, transaction in
            try change.check(versions)
            try change.retry(isFresh: isFresh)
            try change.checkUniqueKey(in: transaction)
            if isFresh {
                try change.checkHold(in: transaction)
                try transaction.forgetRun(of: id, at: change.now)
            }
            return true
        }
    }

    /// Takes a human's word on a job that needs review.
    ///
    /// - Throws: `SchedulerError`: `notFound`, `conflict` when there is nothing to resolve, `preconditionFailed`.
    package func resolve(
        _ id: JobID,
        _ resolution: Resolution,
        ifStill versions: Set<JobVersion>? = nil,
        as caller: Principal,
        origin: RequestOrigin? = nil
    ) async throws -> JobRecord {
        try await writer.change(id, tenant: caller.tenant, by: caller.id, origin: origin) { change, transaction in
            try change.check(versions)
            let tasks = try transaction.tasks(of: id)
            for task in try change.resolve(resolution, tasks: tasks) { try transaction.save(task) }
            return true
        }
    }
}
