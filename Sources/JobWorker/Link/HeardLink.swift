import JSON
import JobModel
import Synchronization

/// A way to the scheduler that remembers whether the last thing asked was answered, be it with a refusal.
final class HeardLink: SchedulerLink {
    private let link: any SchedulerLink
    private let wasHeard = Atomic(true)

    init(_ link: any SchedulerLink) { self.link = link }

    /// Whether the scheduler answered when it was last asked; not while that is under way.
    var isHeard: Bool { wasHeard.load(ordering: .relaxed) }

    func send(_ message: LAMMessage) async throws -> JSONObject { try await hear { try await link.send(message) } }

    func putArtifact(
        _ artifact: Artifact,
        from path: String,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID
    ) async throws {
        try await hear { try await link.putArtifact(artifact, from: path, of: job, epoch: epoch, worker: worker) }
    }

    func getArtifact(_ artifact: Artifact, of job: JobID, epoch: Epoch, worker: WorkerID, to path: String) async throws
    {
        try await hear { try await link.getArtifact(artifact, of: job, epoch: epoch, worker: worker, to: path) }
    }

    func probe() async throws { try await hear { try await link.probe() } }

    private func hear<R>(_ ask: () async throws -> R) async throws -> R {
        wasHeard.store(false, ordering: .relaxed)
        do {
            let answer = try await ask()
            wasHeard.store(true, ordering: .relaxed)
            return answer
        } catch {
            wasHeard.store(error is SchedulerRefusal, ordering: .relaxed)
            throw error
        }
    }
}
