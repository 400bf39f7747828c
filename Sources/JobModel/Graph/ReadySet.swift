/// Hands out tasks as what they wait for finishes.
package struct ReadySet: Sendable, Hashable {
    private var waiting: [Set<Int>]
    private var taken: Set<Int> = []

    /// A set over tasks, each with the positions it waits for.
    package init(_ dependencies: [Set<Int>]) {
        waiting = dependencies
    }

    /// Takes every task that can run now and was not taken before, in the listed order.
    package mutating func take() -> [Int] {
        let ready = waiting.indices.filter { waiting[$0].isEmpty && !taken.contains($0) }
        taken.formUnion(ready)
        return ready
    }

    /// Says that a task has ended.
    package mutating func finish(_ task: Int) {
        for index in waiting.indices { waiting[index].remove(task) }
    }

    /// Whether every task was handed out.
    package var isEmpty: Bool { taken.count == waiting.count }
}
