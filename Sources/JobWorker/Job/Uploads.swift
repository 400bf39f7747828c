import Executors
import JobModel
import JobQueue

/// Brings the files of one job to the scheduler, each once.
actor Uploads {
    private let sender: MessageSender
    private let workspace: JobWorkspace
    private let lease: Lease
    private var known: Set<Artifact>
    private var current: [Task<Void, any Error>] = []
    private var isAborted = false

    init(sender: MessageSender, workspace: JobWorkspace, lease: Lease, known: [Artifact]) {
        self.sender = sender
        self.workspace = workspace
        self.lease = lease
        self.known = Set(known)
    }

    /// Uploads what the scheduler does not have yet; also when the caller was cancelled.
    ///
    /// - Returns: the artifacts, all of which the scheduler has now.
    func upload(_ artifacts: [Artifact]) async throws -> [Artifact] {
        for artifact in artifacts where !known.contains(artifact) {
            if isAborted { throw CancellationError() }
            let path = try await workspace.path(of: artifact.name)
            // Not structured: the step's cancellation must not keep what it did from being told. `abort` ends it.
            let task = Task { [sender, lease] in
                try await sender.put(artifact, from: path, of: lease.job, epoch: lease.epoch, worker: lease.worker)
            }
            current.append(task)
            defer { current.removeAll { $0 == task } }
            try await task.value
            known.insert(artifact)
        }
        return artifacts
    }

    /// Stops: nothing may be written any more.
    func abort() {
        isAborted = true
        for task in current { task.cancel() }
    }
}
