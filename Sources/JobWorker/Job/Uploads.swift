import Executors
import JobModel
import JobQueue
import Synchronization

/// Brings the files of one job to the scheduler, each once.
actor Uploads {
    /// How long a file may still be under way once its step was told to stop: who cancels must not wait for a large one.
    private static let patience = Duration.milliseconds(1_500)

    private let sender: MessageSender
    private let clock: WorkerClock
    private let workspace: JobWorkspace
    private let lease: Lease
    private let redact: @Sendable (String) -> String
    private var known: Set<Artifact>
    private var current: [Task<Void, any Error>] = []
    private var isAborted = false

    /// - Parameter redact: takes secrets out of names, which a page may have given.
    init(
        sender: MessageSender,
        clock: WorkerClock,
        workspace: JobWorkspace,
        lease: Lease,
        known: [Artifact],
        redact: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.redact = redact
        self.sender = sender
        self.clock = clock
        self.workspace = workspace
        self.lease = lease
        self.known = Set(known)
    }

    /// Uploads what the scheduler does not have yet; also when the caller was cancelled, but then not for long.
    ///
    /// - Returns: the artifacts, all of which the scheduler has now.
    /// - Throws: `SchedulerRefusal`; `CancellationError` when it was aborted or took too long after a cancel.
    func upload(_ artifacts: [Artifact]) async throws -> [Artifact] {
        for artifact in artifacts where !known.contains(artifact) {
            if isAborted { throw CancellationError() }
            let path = try await workspace.path(of: artifact.name)
            // Not structured: the step's cancellation must not keep what it did from being told. `abort` ends it, and time.
            var clean = artifact
            clean.name = redact(artifact.name)
            let task = Task { [sender, lease, clean] in
                try await sender.put(clean, from: path, of: lease.job, epoch: lease.epoch, worker: lease.worker)
            }
            current.append(task)
            defer { current.removeAll { $0 == task } }
            try await finish(task)
            known.insert(artifact)
        }
        return artifacts
    }

    private func finish(_ task: Task<Void, any Error>) async throws {
        let timer = Mutex<Task<Void, Never>?>(nil)
        defer { timer.withLock { $0 }?.cancel() }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            // Not structured: a cancellation handler cannot wait. Ends with the upload, or ends it.
            let ending = Task { [clock] in
                guard (try? await clock.sleep(clock.now() + Self.patience)) != nil else { return }
                task.cancel()
            }
            timer.withLock { $0 = ending }
        }
    }

    /// Stops: nothing may be written any more.
    func abort() {
        isAborted = true
        for task in current { task.cancel() }
    }
}
