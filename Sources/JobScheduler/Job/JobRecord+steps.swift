import JSON
import JobModel
import Storage

extension JobRecord {
    /// Steps that have not come to an end, in the order of the scenario, as parts of a sentence.
    ///
    /// - Parameter tasks: the job's.
    /// - Throws: `StorageError` with `damaged`.
    func openSteps(after tasks: [TaskRecord]) throws -> [String] {
        let rounds = Dictionary(grouping: tasks, by: \.key.step)
        let steps = (try scenario.object()["tasks"]?.array ?? []).enumerated().map { index, task in
            (id: StepID(task["id"]?.string ?? "t\(index)"), isLoop: task["for_each"] != nil)
        }
        let last = steps.lastIndex { rounds[$0.id] != nil }
        return steps.enumerated().compactMap { index, step in
            let isOver = rounds[step.id]?.contains(where: \.isOver) ?? false
            guard isOver else { return step.id.rawValue }
            // How many rounds there were to be is not on record; those of one that others followed were all done.
            return step.isLoop && index == last ? "what is left of \(step.id)" : nil
        }
    }
}

extension TaskRecord {
    /// Whether it is done, was not wanted, or failed where the job could go on.
    fileprivate var isOver: Bool { ["done", "skipped"].contains(status) || status == "failed" && journal == nil }
}

extension [String] {
    /// The names as part of a sentence, at most ten of them: `a, b and 7 more`.
    var sentence: String {
        let names = prefix(10).joined(separator: ", ")
        return count > 10 ? "\(names) and \(count - 10) more" : names
    }
}
