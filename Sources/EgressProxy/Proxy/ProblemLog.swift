import Synchronization

/// The latest problems of a slot, to be read from any thread: a step that fails looks here for the reason.
package final class ProblemLog: Sendable {
    private static let limit = 64

    private let state = Mutex<(latest: [EgressProblem], count: Int)>(([], 0))

    /// Problems so far; a mark for `since`.
    package var count: Int { state.withLock { $0.count } }

    /// Those after a mark, the latest last; at most 64.
    package func since(_ mark: Int) -> [EgressProblem] {
        state.withLock { state in Array(state.latest.suffix(max(0, state.count - mark))) }
    }

    func add(_ problem: EgressProblem) {
        state.withLock { state in
            state.latest.append(problem)
            state.count += 1
            if state.latest.count > Self.limit { state.latest.removeFirst() }
        }
    }
}
