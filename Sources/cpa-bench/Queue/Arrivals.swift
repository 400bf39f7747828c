import JSON
import JobModel
import Synchronization

/// Jobs that come at a rate, whether those before are done or not, and how long each waited to be picked up.
///
/// A job's time counts from when it was due, so that a caller who is late does not flatter the figure.
final class Arrivals: Sendable {
    private struct State {
        var due: [JobID: ContinuousClock.Instant] = [:]
        var picked: [JobID: [ContinuousClock.Instant]] = [:]
    }

    private let options: QueueOptions
    private let state = Mutex(State())

    init(_ options: QueueOptions) { self.options = options }

    var count: Int { Int(options.rate * options.seconds) }

    /// A job was handed in, or is about to be, that should have been at this time.
    func due(_ job: JobID, _ due: ContinuousClock.Instant) { state.withLock { $0.due[job] = due } }

    /// A job was picked up; may be said before `due`.
    func picked(_ job: JobID) {
        let now = ContinuousClock.now
        state.withLock { $0.picked[job, default: []].append(now) }
    }

    /// Hands in and works until every job was picked up, or nothing happens any more.
    func run(
        submit: @escaping @Sendable (_ number: Int, _ due: ContinuousClock.Instant) async throws -> Void,
        work: @escaping @Sendable () async throws -> Void
    ) async throws -> JSONObject {
        let working = Task { try await work() }
        // The worker waits for its first job by now.
        try await Task.sleep(for: .milliseconds(500))
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                let due = start + .seconds(Double(number) / options.rate)
                try await Task.sleep(until: due)
                group.addTask { try await submit(number, due) }
            }
            try await group.waitForAll()
        }
        let limit = ContinuousClock.now + .seconds(10)
        while state.withLock({ $0.picked.count }) < count, .now < limit { try await Task.sleep(for: .milliseconds(10)) }
        working.cancel()
        _ = try? await working.value
        return state.withLock { state in
            let waits = state.due.compactMap { job, due in
                state.picked[job]?.first.map { ($0 - due) / .milliseconds(1) }
            }
            return JSONObject(milliseconds: waits).merging([
                "jobs": JSONValue(count), "lost": JSONValue(count - waits.count),
                "twice": JSONValue(state.picked.values.count { $0.count > 1 }), "left": 0,
            ])
        }
    }
}
