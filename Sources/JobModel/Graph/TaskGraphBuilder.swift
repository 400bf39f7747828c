import JSON

/// Collects the edges of a `TaskGraph`.
struct TaskGraphBuilder {
    private let tasks: [ToDo]
    private lazy var positions = Dictionary(tasks.enumerated().map { ($1.id, $0) }) { first, _ in first }
    private let fallbacks: Set<StepID>
    /// Pairs of tasks that have an edge, each as one number.
    private var seen: Set<Int> = []

    init(_ tasks: [ToDo]) {
        self.tasks = tasks
        fallbacks = Set(tasks.compactMap { if case .fallback(let id) = $0.onError { id } else { nil } })
    }

    mutating func edges() -> [TaskGraph.Edge] {
        var edges: [TaskGraph.Edge] = []
        let openers = pageOpeners()
        var last: [String: Int] = [:]
        for (index, task) in tasks.enumerated() {
            for id in task.dependsOn { add(index, positions[id], .explicit, to: &edges) }
            for id in references(of: task) { add(index, positions[id], .data, to: &edges) }
            guard let page = task.page, !fallbacks.contains(task.id) else { continue }
            if let before = last[page] {
                add(index, before, .pageOrder(page), to: &edges)
            } else {
                add(index, openers[page], .pageOpening(page), to: &edges)
            }
            last[page] = index
        }
        return edges
    }

    private mutating func add(_ from: Int, _ to: Int?, _ kind: TaskGraph.Edge.Kind, to edges: inout [TaskGraph.Edge]) {
        guard let to, to != from, seen.insert(from * tasks.count + to).inserted else { return }
        edges.append(TaskGraph.Edge(from: from, to: to, kind: kind))
    }

    /// The first task that gives a page its name, by `popup_as` or `as`.
    private func pageOpeners() -> [String: Int] {
        var openers: [String: Int] = [:]
        for (index, task) in tasks.enumerated() {
            let name = task.fields["popup_as"]?.string ?? (task.action == .switchPage ? task.fields["as"]?.string : nil)
            if let name, openers[name] == nil { openers[name] = index }
        }
        return openers
    }

    private func references(of task: ToDo) -> [StepID] {
        var ids: [StepID] = []
        func add(_ value: JSONValue?) {
            guard let value, let expressions = try? Template.expressions(in: value) else { return }
            for (_, expression) in expressions { if let id = expression.task { ids.append(StepID(id)) } }
        }
        add(task.selector.map { .string($0) })
        add(task.text.map { .string($0) })
        add(task.when)
        add(task.forEach)
        add(.object(task.fields))
        return ids
    }
}
