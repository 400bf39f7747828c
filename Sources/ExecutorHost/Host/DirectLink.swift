package import JSON
package import JobModel
package import JobScheduler
import JobWorker

/// The way to a scheduler in the same process: the same messages and checks as over HTTP.
package struct DirectLink: SchedulerLink {
    private let scheduler: Scheduler

    /// A way to this scheduler.
    package init(scheduler: Scheduler) { self.scheduler = scheduler }

    package func send(_ message: LAMMessage) async throws -> JSONObject {
        try await Self.translating { try await scheduler.receive(message) }
    }

    package func putArtifact(
        _ artifact: Artifact,
        from path: String,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID
    ) async throws {
        try await Self.translating {
            try await scheduler.putArtifact(artifact, of: job, epoch: epoch, worker: worker, from: path)
        }
    }

    package func getArtifact(
        _ artifact: Artifact,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID,
        to path: String
    ) async throws {
        try await Self.translating { try await scheduler.getArtifact(artifact, of: job, to: path) }
    }

    private static func translating<R>(_ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as SchedulerError {
            if error.isTransient { throw SchedulerUnavailable(message: error.message) }
            throw SchedulerRefusal(status: error.status, reason: error.reason, message: error.message)
        }
    }
}
