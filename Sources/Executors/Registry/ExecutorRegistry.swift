package import JobModel

/// Which executor does which action on this worker.
package struct ExecutorRegistry: Sendable {
    /// In the order registered; the first that offers an action does it.
    package let executors: [any Executor]

    /// A registry.
    ///
    /// - Parameter executors: at most one of each name.
    package init(_ executors: [any Executor]) {
        let names = executors.map(\.name)
        precondition(Set(names).count == names.count, "Cannot register two executors of one name: \(names)")
        self.executors = executors
    }

    /// What this worker claims jobs with: `click` for any executor, `browser:click` for a task that names one.
    package var capabilities: Set<String> {
        executors.reduce(into: []) { result, executor in
            for action in executor.actions {
                result.insert(action.rawValue)
                result.insert("\(executor.name):\(action.rawValue)")
            }
        }
    }

    /// The executor of a task.
    ///
    /// - Throws: `StepFailure` with `no_capable_worker` that names what there is.
    package func executor(for task: ToDo) throws(StepFailure) -> any Executor {
        let offering = executors.filter { $0.actions.contains(task.action) }
        guard let wanted = task.executor else {
            if let first = offering.first { return first }
            throw failure("No executor here offers '\(task.action.rawValue)'; there are \(summary(executors)).")
        }
        guard let named = executors.first(where: { $0.name == wanted }) else {
            throw failure("There is no executor '\(wanted)' here; there are \(summary(executors)).")
        }
        guard named.actions.contains(task.action) else {
            let others = offering.isEmpty ? "nobody does" : "\(offering.map(\.name).joined(separator: ", ")) does"
            throw failure("The executor '\(wanted)' does not offer '\(task.action.rawValue)'; \(others).")
        }
        return named
    }

    private func failure(_ message: String) -> StepFailure {
        StepFailure(reason: .noCapableWorker, message: message, isRetryable: false)
    }

    private func summary(_ executors: [any Executor]) -> String {
        guard !executors.isEmpty else { return "none" }
        return executors.map { executor in
            "\(executor.name) (\(executor.actions.map(\.rawValue).sorted().joined(separator: ", ")))"
        }.joined(separator: ", ")
    }
}
