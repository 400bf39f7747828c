import JSON
import JobModel
import Storage

extension JobRecord {
    /// Steps that have not come to an end, in the order of the scenario.
    ///
    /// - Parameter tasks: the job's.
    /// - Throws: `StorageError` with `damaged`.
    func openSteps(after tasks: [TaskRecord]) throws -> [StepID] {
        let over = Set(tasks.filter { $0.status == "done" || $0.status == "skipped" }.map(\.key.step))
        let ids = (try scenario.object()["tasks"]?.array ?? []).enumerated().map { index, task in
            StepID(task["id"]?.string ?? "t\(index)")
        }
        return ids.filter { !over.contains($0) }
    }
}

extension [StepID] {
    /// The steps as part of a sentence, at most ten by name: `a, b and 7 more`.
    var sentence: String {
        let names = prefix(10).map(\.rawValue).joined(separator: ", ")
        return count > 10 ? "\(names) and \(count - 10) more" : names
    }
}
