/// Puts fallback tasks where they run: in the place of the tasks that name them, wherever they are listed.
///
/// Page order would let a fallback listed at the end wait for tasks that themselves wait for the failed one. So a fallback
/// does not wait for what waits for its owners, nothing its owners wait for waits for it, and what waits for it also waits
/// for its owners: until those have ended it is open whether it runs.
struct FallbackOrder {
    private(set) var dependencies: [Set<Int>]

    /// - Parameters:
    ///   - dependencies: for each task the tasks before it; without cycles.
    ///   - owners: for each fallback the tasks that name it.
    init(_ dependencies: [Set<Int>], owners: [Int: Set<Int>]) {
        self.dependencies = dependencies
        for (fallback, owners) in owners.sorted(by: { $0.key < $1.key }) {
            let before = owners.reduce(into: owners) { $0.formUnion(ancestors(of: $1)) }
            let own = self.dependencies[fallback].filter { candidate in
                !owners.contains(candidate) && ancestors(of: candidate).isDisjoint(with: owners)
            }
            self.dependencies[fallback] = own
            for task in self.dependencies.indices where self.dependencies[task].contains(fallback) {
                if before.contains(task) {
                    self.dependencies[task].remove(fallback)
                    self.dependencies[task].formUnion(own)
                } else {
                    self.dependencies[task].formUnion(owners)
                }
            }
        }
    }

    /// Everything a task waits for, directly or not.
    private func ancestors(of task: Int) -> Set<Int> {
        var found: Set<Int> = []
        var open = Array(dependencies[task])
        while let next = open.popLast() {
            if found.insert(next).inserted { open += dependencies[next] }
        }
        return found
    }
}
