import JSON

/// Who waits for whom: explicit dependencies, data references, and the order of tasks on one page.
///
/// A page is one resource, so its tasks run in the listed order; everything else runs as soon as it can. Tasks that are the
/// fallback of another have no place in the order of their page: they run where the task they stand in for would.
package struct TaskGraph: Sendable, Hashable {
    /// One task waiting for another.
    package struct Edge: Sendable, Hashable {
        /// Why it waits.
        package enum Kind: Sendable, Hashable {
            /// `depends_on`.
            case explicit
            /// A template names the other's outputs.
            case data
            /// The other comes before on the same page.
            case pageOrder(String)
            /// The other opens the page.
            case pageOpening(String)

            var isPageOrder: Bool { if case .pageOrder = self { true } else { false } }

            var description: String {
                switch self {
                case .explicit: "depends_on"
                case .data: "uses its outputs"
                case .pageOrder(let page): "comes later on page '\(page)'"
                case .pageOpening(let page): "uses page '\(page)', which it opens"
                }
            }
        }

        /// Position of the task that waits.
        package var from: Int
        /// Position of the task it waits for.
        package var to: Int
        package var kind: Kind
    }

    /// Number of tasks.
    package let count: Int
    /// Every edge, in the order of the waiting tasks.
    package let edges: [Edge]
    /// For each task the positions of those it waits for.
    package let dependencies: [Set<Int>]
    /// A way around, when there is one: each edge begins where the one before ends, the last leads to the first.
    package let cycle: [Edge]?

    /// The graph of tasks in their listed order; names that are no task's are ignored.
    package init(_ tasks: [ToDo]) {
        var builder = TaskGraphBuilder(tasks)
        edges = builder.edges()
        count = tasks.count
        var dependencies = [Set<Int>](repeating: [], count: tasks.count)
        for edge in edges { dependencies[edge.from].insert(edge.to) }
        self.dependencies = dependencies
        // Whoever waits for earlier tasks only goes around nowhere.
        guard edges.contains(where: { $0.to > $0.from }) else {
            cycle = nil
            return
        }
        var search = CycleSearch(count: tasks.count, edges: edges)
        cycle = search.cycle()
    }

    /// Positions so that each comes after all it waits for; nil with a cycle.
    package var topologicalOrder: [Int]? { cycle == nil ? Array(batches.joined()) : nil }

    /// Groups of tasks that can run at once, one group after the other; nil with a cycle.
    package var parallelBatches: [[Int]]? { cycle == nil ? batches : nil }

    /// Whether one task waits for another, directly or not, along these kinds of edges.
    package func waits(_ task: Int, for other: Int, through kinds: Set<Edge.Kind>) -> Bool {
        var open = [task]
        var seen: Set<Int> = [task]
        while let next = open.popLast() {
            for edge in edges where edge.from == next && kinds.contains(edge.kind) {
                if edge.to == other { return true }
                if seen.insert(edge.to).inserted { open.append(edge.to) }
            }
        }
        return false
    }

    /// Starts an iteration over what can run now.
    package var readySet: ReadySet { ReadySet(dependencies) }

    private var batches: [[Int]] {
        var ready = readySet
        var batches: [[Int]] = []
        var batch = ready.take()
        while !batch.isEmpty {
            batches.append(batch)
            for task in batch { ready.finish(task) }
            batch = ready.take()
        }
        return batches
    }
}
