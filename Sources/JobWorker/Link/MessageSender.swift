package import JSON
package import JobModel
package import Telemetry

/// Sends messages until the scheduler has answered, under the same id each time.
///
/// Ends with a refusal, or when the task is cancelled: the lease is gone then, and nothing may be written any more.
package struct MessageSender: Sendable {
    private let link: any SchedulerLink
    private let clock: WorkerClock
    private let logger: Logger

    /// A sender over a link.
    package init(link: any SchedulerLink, clock: WorkerClock, logger: Logger) {
        self.link = link
        self.clock = clock
        self.logger = logger
    }

    /// Sends one message and waits for its acknowledgement.
    ///
    /// - Throws: `SchedulerRefusal`, or `CancellationError`.
    package func send(_ message: LAMMessage) async throws -> JSONObject {
        try await untilAnswered("Message not answered, trying again", ["message": message.id.rawValue]) {
            try await link.send(message)
        }
    }

    /// Uploads one file.
    ///
    /// - Throws: `SchedulerRefusal`, or `CancellationError`.
    package func put(_ artifact: Artifact, from path: String, of job: JobID, epoch: Epoch, worker: WorkerID)
        async throws
    {
        try await untilAnswered("Artifact not taken, trying again", ["artifact": artifact.name]) {
            try await link.putArtifact(artifact, from: path, of: job, epoch: epoch, worker: worker)
        }
    }

    private func untilAnswered<R>(
        _ warning: StaticString,
        _ metadata: [String: String],
        _ body: () async throws -> R
    ) async throws -> R {
        var backoff = Backoff()
        while true {
            try Task.checkCancellation()
            do {
                return try await body()
            } catch let error as SchedulerRefusal where !error.isTransient {
                throw error
            } catch let error as CancellationError {
                throw error
            } catch {
                let asked = (error as? SchedulerUnavailable)?.retryAfter
                let pause = max(backoff.pause(), asked ?? .zero)
                logger.log(.warning, warning, metadata.merging(["error": "\(error)"]) { $1 })
                try await clock.sleep(clock.now() + pause)
            }
        }
    }
}

extension SchedulerRefusal {
    /// Whether the same message may be taken later: the scheduler is overloaded or its store is away.
    var isTransient: Bool { status == 429 || (status >= 500 && reason != .storageFull) }
}
