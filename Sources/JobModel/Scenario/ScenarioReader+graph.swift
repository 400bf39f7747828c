import JSON

extension ScenarioReader {
    /// Who waits for whom; a cycle is a problem that names its tasks.
    mutating func graph() -> TaskGraph {
        let graph = TaskGraph(tasks)
        for task in tasks {
            guard case .fallback(let id) = task.onError, let fallback = tasks.first(where: { $0.id == id }) else {
                continue
            }
            if graph.waits(tasks[fallback.index].index, for: task.index, through: [.explicit, .data]) {
                problems.add(
                    JSONPointer(["tasks", String(fallback.index)]),
                    "'\(id)' runs in place of '\(task.id)' and cannot wait for it; leave the dependency out"
                )
            }
        }
        guard let cycle = graph.cycle else { return graph }
        let first = cycle[0]
        if cycle.count == 2, let order = cycle.first(where: { $0.kind.isPageOrder }),
            let other = cycle.first(where: { !$0.kind.isPageOrder })
        {
            let (earlier, later) = (tasks[order.to], tasks[order.from])
            problems.add(
                JSONPointer(["tasks", String(other.from)] + (other.kind == .explicit ? ["depends_on"] : [])),
                "'\(tasks[other.from].id)' waits for '\(tasks[other.to].id)', but on page '\(earlier.page ?? "")' "
                    + "'\(earlier.id)' comes before '\(later.id)': tasks on one page run in the listed order; "
                    + "swap them, or give one another page"
            )
        } else {
            let path = (cycle.map { tasks[$0.from].id.rawValue } + [tasks[first.from].id.rawValue])
                .joined(separator: " → ")
            let reasons = cycle.map { edge in
                "\(tasks[edge.from].id) waits for \(tasks[edge.to].id) (\(edge.kind.description))"
            }
            problems.add(
                JSONPointer(["tasks", String(first.from)]),
                "these tasks wait for each other: \(path); \(reasons.joined(separator: ", ")); take one of these away"
            )
        }
        return graph
    }
}
