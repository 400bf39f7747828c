import Executors
import JSON
import JobModel

/// The run of one job as a state machine: events go in, actions come out; nothing here waits, sends or acts.
///
/// A *node* is a task of the scenario, an *instance* one iteration of it. A node becomes ready when all it depends on has
/// ended, is expanded by `for_each`, and ends when its instances have. An effect is journalled before it acts; one that may
/// have acted without a result is looked up by `verify`, never repeated blindly.
package struct JobRun {
    let plan: JobPlan
    let resolver: any StepResolver

    var nodes: [Node]
    var instances: [JobPlan.JournalPlace: Instance] = [:]
    /// What templates can name; grows as tasks end.
    var outputs: [StepID: JSONObject] = [:]
    var reused: Set<JobPlan.JournalPlace> = []
    var actions: [Action] = []
    var stopping: Stop?
    var timeoutAt: ContinuousClock.Instant?
    /// Whether no further step begins for now.
    var isHeld = false
    var isFinished = false
    /// In the order they happened.
    var failures: [(step: StepID, failure: StepFailure)] = []

    /// Why no new step is started any more.
    enum Stop: Hashable {
        case requested(StopReason)
        case timeout
        case deadline
    }

    /// A run that has not begun.
    package init(plan: JobPlan, resolver: any StepResolver) {
        self.plan = plan
        self.resolver = resolver
        nodes = Self.makeNodes(plan)
    }

    // MARK: Events

    /// Starts what can start.
    package mutating func begin(at moment: Moment) -> [Action] {
        timeoutAt = plan.timeout.map { moment.instant + $0 }
        let decision = ResumeDecision(plan)
        if let lost = decision.lost {
            close(.failed(lost))
            return taken()
        }
        reused = decision.reused
        for (index, template) in decision.resumeAt { nodes[index].resumeAt = template }
        for index in decision.bypassed { nodes[index].state = .ended(.skipped) }
        advance(moment)
        return taken()
    }

    /// A started step has ended.
    package mutating func ended(_ place: JobPlan.JournalPlace, _ end: End, at moment: Moment) -> [Action] {
        guard let instance = instances[place], case .atWork(let mode) = instance.phase else {
            preconditionFailure("Cannot end the step \(place.step) when it is not at work")
        }
        switch end {
        case .done(let outcome): complete(place, outcome, at: moment)
        case .failed(let failure): failed(place, failure, in: mode, at: moment)
        case .verified(let verification): verified(place, verification, at: moment)
        }
        advance(moment)
        return taken()
    }

    /// The time `wakeAt` named has come.
    package mutating func tick(at moment: Moment) -> [Action] {
        if stopping == nil {
            if let deadline = plan.deadline, moment.instant >= deadline {
                stop(.deadline, at: moment)
            } else if let timeoutAt, moment.instant >= timeoutAt {
                stop(.timeout, at: moment)
            }
        }
        advance(moment)
        return taken()
    }

    /// The run is to end: no step is started any more, those at work are cancelled.
    package mutating func stop(_ reason: StopReason, at moment: Moment) -> [Action] {
        guard !isFinished else { return [] }
        // A lost lease overrides whatever else was going on: from now on nothing may be written.
        if stopping == nil || reason == .lost { stop(.requested(reason), at: moment) }
        advance(moment)
        return taken()
    }

    /// Begins no further step from now on, or goes on. Steps at work end as they do, and the run's limits go on.
    package mutating func hold(_ isHeld: Bool, at moment: Moment) -> [Action] {
        self.isHeld = isHeld
        advance(moment)
        return taken()
    }

    /// When `tick` is due; nil when only the end of a step can change anything.
    package var wakeAt: ContinuousClock.Instant? {
        guard !isFinished, stopping == nil else { return nil }
        let pauses = instances.values.compactMap { instance in
            if !isHeld, case .pausing(let until, _) = instance.phase { until } else { nil }
        }
        return (pauses + [timeoutAt, plan.deadline].compactMap { $0 }).min()
    }

    // MARK: Ends of instances

    private mutating func complete(_ place: JobPlan.JournalPlace, _ outcome: StepOutcome, at moment: Moment) {
        guard let instance = instances.removeValue(forKey: place) else { return }
        var report = report(instance, .done, at: moment)
        report.outcome = outcome
        actions.append(.report(report))
        nodes[instance.node].take(outcome.outputs, of: place.iteration)
    }

    private mutating func verified(_ place: JobPlan.JournalPlace, _ verification: Verification, at moment: Moment) {
        guard let instance = instances[place] else { return }
        switch verification {
        case .happened(let outcome):
            complete(place, outcome, at: moment)
        case .didNotHappen:
            // Looked up after a failed try: that try counts; looked up before the first: do it now.
            if var failure = instance.inDoubtAfter {
                failure.mayHaveActed = false
                instances[place]?.inDoubtAfter = nil
                retryOrFail(place, failure, at: moment)
            } else {
                instances[place]?.attempt += 1
                start(place, .executeEffect, at: moment)
            }
        case .unknown(let explanation):
            fail(place, Self.inDoubt(place, explanation), at: moment)
        }
    }

    private mutating func failed(
        _ place: JobPlan.JournalPlace,
        _ failure: StepFailure,
        in mode: Start.Mode,
        at moment: Moment
    ) {
        guard let instance = instances[place] else { return }
        switch mode {
        case .execute:
            retryOrFail(place, failure, at: moment)
        case .executeEffect:
            if failure.mayHaveActed, stopping == nil {
                instances[place]?.inDoubtAfter = failure
                instances[place]?.lookUps = 1
                start(place, .verify, at: moment)
            } else if failure.mayHaveActed {
                fail(place, failure, at: moment)
            } else {
                retryOrFail(place, failure, at: moment)
            }
        case .verify:
            if stopping != nil {
                fail(place, instance.inDoubtAfter ?? failure, at: moment)
            } else if failure.isRetryable, instance.lookUps < Self.lookUpLimit {
                instances[place]?.lookUps += 1
                pause(place, then: .verify, after: failure, at: moment)
            } else {
                let explanation = "looking it up failed: \(failure.message)"
                fail(place, Self.inDoubt(place, explanation), at: moment)
            }
        }
    }

    private mutating func retryOrFail(_ place: JobPlan.JournalPlace, _ failure: StepFailure, at moment: Moment) {
        guard let instance = instances[place] else { return }
        // A page that crashed or closed, or a browser that did, took the page session with it: only a new attempt of the
        // job can repeat that.
        let isSessionGone = [.browserCrashed, .pageCrashed, .pageClosed].contains(failure.reason)
        let task = nodes[instance.node].entry.task
        let mayHelp = task.retry.triesAgain(after: failure.reason, mayPass: failure.isRetryable)
        if stopping == nil, mayHelp, task.retries >= instance.attempt, !isSessionGone {
            let mode: Start.Mode = nodes[instance.node].isEffect ? .executeEffect : .execute
            pause(place, then: mode, after: failure, at: moment)
        } else {
            fail(place, failure, at: moment)
        }
    }

    private mutating func pause(
        _ place: JobPlan.JournalPlace,
        then mode: Start.Mode,
        after failure: StepFailure,
        at moment: Moment
    ) {
        guard let instance = instances[place] else { return }
        let chance = Chance(plan.job, place, try: mode == .verify ? instance.lookUps : instance.attempt)
        let policy = nodes[instance.node].entry.task.retry
        let pause = Duration.milliseconds(policy.delay(after: max(instance.attempt, 1), random: chance.number))
        let delay = max(pause, mode == .verify ? .seconds(1) : .zero)
        instances[place]?.phase = .pausing(until: moment.instant + delay, then: mode)
        var report = report(instance, .retrying, at: moment)
        report.failure = failure
        actions.append(.report(report))
    }

    /// An instance has failed for good.
    mutating func fail(_ place: JobPlan.JournalPlace, _ failure: StepFailure, at moment: Moment) {
        guard let instance = instances.removeValue(forKey: place) else { return }
        var report = report(instance, .failed, at: moment)
        report.failure = failure
        let isDecisive = failure.reason == .stepInDoubt || stopping != nil
        switch nodes[instance.node].entry.task.onError {
        case .continue where !isDecisive:
            report.onError = "continue"
            nodes[instance.node].hasContinued = true
            nodes[instance.node].take([:], of: place.iteration)
        case .fallback(let step) where !isDecisive && index(of: step) != nil:
            report.onError = step.rawValue
            nodes[instance.node].refuse(failure, of: place.iteration)
        default:
            nodes[instance.node].refuse(failure, of: place.iteration)
        }
        actions.append(.report(report))
    }

    // MARK: Stopping

    private mutating func stop(_ reason: Stop, at moment: Moment) {
        stopping = reason
        actions.append(.cancelSteps)
        for place in instances.keys.sorted(by: { ($0.step.rawValue, $0.iteration) < ($1.step.rawValue, $1.iteration) })
        {
            guard let instance = instances[place], case .pausing = instance.phase else { continue }
            fail(place, Self.stopFailure(reason), at: moment)
        }
    }

    /// The actions so far, without reports once the lease is lost: the job is another worker's, who writes what it does.
    private mutating func taken() -> [Action] {
        defer { actions = [] }
        guard stopping == .requested(.lost) else { return actions }
        return actions.filter { if case .report = $0 { false } else { true } }
    }
}
