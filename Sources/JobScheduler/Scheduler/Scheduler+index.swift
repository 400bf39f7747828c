import JobQueue

extension Scheduler {
    /// How long somebody who asks how things are waits for the index; what the scheduler does with it has longer.
    private static let patience = Duration.seconds(1)

    /// Asks the index something that a person or a probe waits for.
    ///
    /// - Throws: what the index throws; `SchedulerError` with `unavailable` when it is silent.
    func ask<R: Sendable>(_ question: @escaping @Sendable (any DispatchIndex) async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { [index] group in
            group.addTask { try await question(index) }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let answer = first else {
                throw SchedulerError(.unavailable, "no answer within \(Self.patience); the log says more")
            }
            return answer
        }
    }
}
