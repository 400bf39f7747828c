import Executors
import JSON
import JobModel

extension JobRun {
    /// A task of the scenario while the job runs.
    struct Node {
        /// Where a node stands.
        enum State {
            /// Waits for what it depends on. Can transition to `active`, `ended`.
            case blocked
            /// Has instances at work or still to start. Can transition to `substituted`, `ended`.
            case active
            /// Failed; its fallback runs in its place. Can transition to `ended`.
            case substituted(by: Int)
            /// Nothing happens to it any more.
            case ended(Outcome)
        }

        /// How a node ended.
        enum Outcome {
            /// Ended well, or failed where the scenario says to go on.
            case done
            /// Failed: what depends on it is skipped.
            case failed
            /// Its condition was false, or it was not needed: what depends on it goes on.
            case skipped
            /// Something it depends on failed: what depends on it is skipped too.
            case dependencyFailed
        }

        let entry: JobPlan.Entry
        /// Positions of the tasks that must have ended.
        let dependencies: Set<Int>
        /// Positions of the tasks that name this one as their fallback.
        let owners: Set<Int>
        var state = State.blocked
        var isActivated = false
        var resumeAt: JSONValue?
        /// Items of a `for_each`; nil without one.
        var items: [JSONValue]?
        var nextIteration = 0
        var endedIterations = 0
        var iterationOutputs: [Int: JSONObject] = [:]
        var failure: StepFailure?
        /// Whether an iteration failed and the scenario says to go on.
        var hasContinued = false

        var isEffect: Bool { entry.effectClass == .effect }
        var count: Int { items?.count ?? 1 }
        /// A page is one resource; mails and files of a `for_each` may go four at once (the limit of a mailbox).
        var parallelIterations: Int { entry.task.page == nil ? 4 : 1 }
        var startedIterations: Int { nextIteration - endedIterations }

        var hasEnded: Bool { if case .ended = state { true } else { false } }

        /// Whether what depends on it must be skipped.
        var blocksDependents: Bool {
            switch state {
            case .ended(.failed), .ended(.dependencyFailed): true
            default: false
            }
        }

        mutating func take(_ outputs: JSONObject, of iteration: Int) {
            endedIterations += 1
            iterationOutputs[iteration] = outputs
        }

        mutating func refuse(_ failure: StepFailure, of iteration: Int) {
            endedIterations += 1
            if self.failure == nil { self.failure = failure }
        }
    }

    /// One iteration of a task, from its first try to its end.
    struct Instance {
        /// Where an instance stands.
        enum Phase {
            /// The shell has it. Can transition to `pausing`, or end.
            case atWork(Start.Mode)
            /// Waits before the next try. Can transition to `atWork`, or end.
            case pausing(until: ContinuousClock.Instant, then: Start.Mode)
        }

        let node: Int
        let iteration: Int
        var task: ToDo
        let itemHash: String?
        let resumeAt: String?
        let started: Moment
        var phase: Phase
        /// Tries of `execute` so far, this one included.
        var attempt: Int
        /// Tries of `verify` so far.
        var lookUps = 0
        /// The failed try that is being looked up; nil while the intent of an earlier attempt is.
        var inDoubtAfter: StepFailure?
    }

    /// Tries to look an effect up before a human must.
    static let lookUpLimit = 3

    static func makeNodes(_ plan: JobPlan) -> [Node] {
        let positions = Dictionary(plan.entries.enumerated().map { ($1.task.id, $0) }) { first, _ in first }
        var owners: [Int: Set<Int>] = [:]
        for (index, entry) in plan.entries.enumerated() {
            guard case .fallback(let step) = entry.task.onError, let target = positions[step], target != index else {
                continue
            }
            owners[target, default: []].insert(index)
        }
        let dependencies = FallbackOrder(plan.entries.map(\.dependencies), owners: owners).dependencies
        return plan.entries.enumerated().map { index, entry in
            Node(entry: entry, dependencies: dependencies[index], owners: owners[index] ?? [])
        }
    }

    func index(of step: StepID) -> Int? { nodes.firstIndex { $0.entry.task.id == step } }

    func report(_ instance: Instance, _ status: StepReport.Status, at moment: Moment) -> StepReport {
        let node = nodes[instance.node]
        var report = StepReport(
            place: JobPlan.JournalPlace(instance.task.id, instance.iteration),
            status: status,
            action: instance.task.action,
            isEffect: node.isEffect,
            attempts: instance.attempt
        )
        report.itemHash = instance.itemHash
        report.started = instance.started.wall
        if status == .done || status == .failed {
            report.ended = moment.wall
            report.duration = instance.started.instant.duration(to: moment.instant)
        }
        return report
    }
}
