/// Depth-first search for a way around; as deep as there are tasks.
struct CycleSearch {
    private enum Mark {
        case new, onPath, done
    }

    private let outgoing: [Int: [TaskGraph.Edge]]
    private var marks: [Mark]
    private var path: [TaskGraph.Edge] = []

    init(count: Int, edges: [TaskGraph.Edge]) {
        outgoing = Dictionary(grouping: edges, by: \.from)
        marks = Array(repeating: .new, count: count)
    }

    /// The first cycle met: each edge begins where the one before ends.
    mutating func cycle() -> [TaskGraph.Edge]? {
        for task in marks.indices where marks[task] == .new {
            if let cycle = visit(task) { return cycle }
        }
        return nil
    }

    private mutating func visit(_ task: Int) -> [TaskGraph.Edge]? {
        marks[task] = .onPath
        for edge in outgoing[task] ?? [] {
            switch marks[edge.to] {
            case .done: continue
            case .onPath:
                path.append(edge)
                return Array(path.drop { $0.from != edge.to })
            case .new:
                path.append(edge)
                if let cycle = visit(edge.to) { return cycle }
                path.removeLast()
            }
        }
        marks[task] = .done
        return nil
    }
}
