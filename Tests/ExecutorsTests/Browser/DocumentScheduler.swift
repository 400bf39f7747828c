import JSON
import JobModel
import JobWorker
import Synchronization

/// A scheduler for one scenario: hands it over, and keeps what the worker says of it.
final class DocumentScheduler: SchedulerLink {
    private let scenario: JSONObject
    private let taken = Mutex<[LAMMessage]>([])

    init(_ scenario: JSONObject) {
        self.scenario = scenario
    }

    /// `failure` when the job failed, `done` when it ended well; nil when it did not end.
    var end: LAMMessage? {
        taken.withLock { $0.last { $0.type == .done || $0.type == .failure } }
    }

    func send(_ message: LAMMessage) async throws -> JSONObject {
        taken.withLock { $0.append(message) }
        guard message.type == .agree else { return [:] }
        let job: JSONObject = [
            "id": message.payload["job_id"] ?? .null, "tenant": "default", "scenario": .object(scenario), "attempt": 1,
        ]
        return ["job": .object(job), "journal": [], "artifacts": []]
    }

    // Files stay in the job's own directory.
    func putArtifact(_ artifact: Artifact, from path: String, of job: JobID, epoch: Epoch, worker: WorkerID) {}
    func getArtifact(_ artifact: Artifact, of job: JobID, epoch: Epoch, worker: WorkerID, to path: String) {}
}
