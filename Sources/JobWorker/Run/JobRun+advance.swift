import Cryptography
import Executors
import JSON
import JobModel

extension JobRun {
    /// More items than this are refused: each has rows in the journal and events for watchers.
    static let itemLimit = 10_000

    /// Does everything that can be done now, until nothing changes any more.
    mutating func advance(_ moment: Moment) {
        guard !isFinished else { return }
        if stopping == nil {
            if !isHeld { resumePaused(moment) }
            while nodes.indices.reduce(false, { step($1, at: moment) || $0 }) {}
        } else {
            for index in nodes.indices { _ = continueNode(index, at: moment) }
        }
        guard instances.isEmpty else { return }
        if stopping == .requested(.lost) {
            close(.abandoned)
        } else if nodes.allSatisfy(\.hasEnded), stopping == nil || failures.isEmpty {
            close(result())
        } else if stopping == nil, isHeld {
            return
        } else if let stopping {
            close(
                Self.result(of: stopping, inDoubt: nodes.contains { $0.isEffect && $0.failure?.mayHaveActed == true })
            )
        } else {
            let waiting = nodes.filter { !$0.hasEnded }.map(\.entry.task.id.rawValue).joined(separator: ", ")
            close(
                .failed(
                    JobFailure(
                        reason: .internalError,
                        message: "The tasks \(waiting) wait for each other.",
                        isRetryable: false
                    )
                )
            )
        }
    }

    mutating func close(_ result: JobResult) {
        isFinished = true
        actions.append(.finish(result))
    }

    private mutating func resumePaused(_ moment: Moment) {
        let due = instances.compactMap { place, instance -> (JobPlan.JournalPlace, Start.Mode)? in
            guard case .pausing(let until, let mode) = instance.phase, until <= moment.instant else { return nil }
            return (place, mode)
        }
        for (place, mode) in due.sorted(by: {
            ($0.0.step.rawValue, $0.0.iteration) < ($1.0.step.rawValue, $1.0.iteration)
        }) {
            if mode != .verify { instances[place]?.attempt += 1 }
            start(place, mode, at: moment)
        }
    }

    // MARK: Nodes

    /// Moves one node on; true when something changed that others may wait for.
    private mutating func step(_ index: Int, at moment: Moment) -> Bool {
        switch nodes[index].state {
        case .ended: false
        case .blocked: unblock(index, at: moment)
        case .active: continueNode(index, at: moment)
        case .substituted(let fallback): takeOver(index, from: fallback, at: moment)
        }
    }

    private mutating func unblock(_ index: Int, at moment: Moment) -> Bool {
        let node = nodes[index]
        let ranBefore = reused.contains(JobPlan.JournalPlace(node.entry.task.id))
        if !node.owners.isEmpty, !node.isActivated, !ranBefore {
            guard node.owners.allSatisfy({ nodes[$0].hasEnded }) else { return false }
            return skip(index, "not_needed", .skipped)
        }
        guard node.dependencies.allSatisfy({ nodes[$0].hasEnded }) else { return false }
        if node.dependencies.contains(where: { nodes[$0].blocksDependents }) {
            return skip(index, ReasonCode.dependencyFailed.rawValue, .dependencyFailed)
        }
        nodes[index].state = .active
        if let template = node.entry.task.forEach {
            do {
                nodes[index].items = try items(of: node.entry.task, template)
            } catch {
                add(index, iteration: 0, task: node.entry.task, item: nil, resumeAt: nil, at: moment)
                fail(JobPlan.JournalPlace(node.entry.task.id), error, at: moment)
            }
        }
        return true
    }

    private mutating func skip(_ index: Int, _ reason: String, _ outcome: Node.Outcome, iteration: Int = 0) -> Bool {
        let node = nodes[index]
        var report = StepReport(
            place: JobPlan.JournalPlace(node.entry.task.id, iteration),
            status: .skipped,
            action: node.entry.task.action,
            isEffect: false,
            attempts: 0
        )
        report.skipReason = reason
        actions.append(.report(report))
        if nodes[index].items == nil {
            outputs[node.entry.task.id] = ["status": "skipped"]
            nodes[index].state = .ended(outcome)
        }
        return true
    }

    private mutating func continueNode(_ index: Int, at moment: Moment) -> Bool {
        var changed = false
        while stopping == nil, !isHeld, nodes[index].failure == nil, nodes[index].nextIteration < nodes[index].count,
            nodes[index].startedIterations < nodes[index].parallelIterations, instances.count < plan.parallelSteps,
            !nodes[index].hasEnded
        {
            let iteration = nodes[index].nextIteration
            nodes[index].nextIteration += 1
            begin(index, iteration, at: moment)
            changed = true
        }
        let node = nodes[index]
        guard case .active = node.state, node.startedIterations == 0 else { return changed }
        if let failure = node.failure {
            end(index, with: failure)
            return true
        }
        guard node.nextIteration == node.count else { return changed }
        var result = node.items == nil ? node.iterationOutputs[0] ?? [:] : Self.collected(node)
        result["status"] = node.hasContinued ? "failed" : "done"
        outputs[node.entry.task.id] = result
        nodes[index].state = .ended(.done)
        return true
    }

    private mutating func end(_ index: Int, with failure: StepFailure) {
        if case .fallback(let step) = nodes[index].entry.task.onError, let fallback = self.index(of: step),
            failure.reason != .stepInDoubt, stopping == nil
        {
            nodes[index].state = .substituted(by: fallback)
            nodes[fallback].isActivated = true
        } else {
            failures.append((nodes[index].entry.task.id, failure))
            outputs[nodes[index].entry.task.id] = ["status": "failed"]
            nodes[index].state = .ended(.failed)
        }
    }

    private mutating func takeOver(_ index: Int, from fallback: Int, at moment: Moment) -> Bool {
        guard case .ended(let outcome) = nodes[fallback].state else { return false }
        let id = nodes[index].entry.task.id
        if case .done = outcome {
            outputs[id] = outputs[nodes[fallback].entry.task.id]
            nodes[index].state = .ended(.done)
        } else {
            if let failure = nodes[index].failure { failures.append((id, failure)) }
            nodes[index].state = .ended(.failed)
        }
        return true
    }

    // MARK: Instances

    private mutating func begin(_ index: Int, _ iteration: Int, at moment: Moment) {
        let node = nodes[index]
        let place = JobPlan.JournalPlace(node.entry.task.id, iteration)
        let item = node.items.map { (value: $0[iteration], index: iteration) }
        let itemHash = item.map { SHA256.digest(of: $0.value.serialized(.canonical)).hex }
        let row = plan.journal[place]
        let scope = RunScope(tasks: outputs, item: item)
        do {
            if node.isEffect, let known = row?.itemHash, let itemHash, known != itemHash {
                throw Self.inDoubt(
                    place,
                    "item \(iteration) of its list is another one than in the attempt that began it"
                )
            }
            if reused.contains(place), let outcome = row?.outcome {
                nodes[index].take(outcome.outputs, of: iteration)
                return
            }
            if let condition = node.entry.task.when, try !resolver.isTrue(condition, in: scope) {
                _ = skip(index, "condition", .skipped, iteration: iteration)
                if node.items != nil { nodes[index].take([:], of: iteration) }
                return
            }
            let task = try resolver.task(node.entry.task, in: scope)
            let resumeAt = try iteration == 0 ? node.resumeAt.map { try url($0, of: task, in: scope) } : nil
            add(index, iteration: iteration, task: task, item: itemHash, resumeAt: resumeAt, at: moment)
            if node.isEffect, row?.mayHaveActed == true {
                instances[place]?.attempt = 0
                instances[place]?.lookUps = 1
                start(place, .verify, at: moment)
            } else {
                start(place, node.isEffect ? .executeEffect : .execute, at: moment)
            }
        } catch {
            add(index, iteration: iteration, task: node.entry.task, item: itemHash, resumeAt: nil, at: moment)
            fail(place, Self.failure(error, of: place), at: moment)
        }
    }

    private mutating func add(
        _ index: Int,
        iteration: Int,
        task: ToDo,
        item: String?,
        resumeAt: String?,
        at moment: Moment
    ) {
        if nodes[index].nextIteration == iteration { nodes[index].nextIteration += 1 }
        instances[JobPlan.JournalPlace(task.id, iteration)] = Instance(
            node: index,
            iteration: iteration,
            task: task,
            itemHash: item,
            resumeAt: resumeAt,
            started: moment,
            phase: .pausing(until: moment.instant, then: .execute),
            attempt: 1
        )
    }

    mutating func start(_ place: JobPlan.JournalPlace, _ mode: Start.Mode, at moment: Moment) {
        renew(place, mode)
        guard let instance = instances[place] else { return }
        instances[place]?.phase = .atWork(mode)
        if mode != .verify || instance.attempt == 0 {
            actions.append(.report(report(instance, .running, at: moment)))
        }
        actions.append(
            .start(
                Start(
                    place: place,
                    mode: mode,
                    task: instance.task,
                    attempt: max(instance.attempt, 1),
                    resumeAt: instance.resumeAt,
                    itemHash: instance.itemHash
                )
            )
        )
    }

    /// A one-time password does not hold until the next try: that one takes a fresh one.
    private mutating func renew(_ place: JobPlan.JournalPlace, _ mode: Start.Mode) {
        guard let instance = instances[place], instance.attempt > 1, mode == .execute else { return }
        let node = nodes[instance.node]
        guard node.entry.task.usesOneTimePassword else { return }
        let item = node.items.map { (value: $0[instance.iteration], index: instance.iteration) }
        let scope = RunScope(tasks: outputs, item: item)
        if let task = try? resolver.task(node.entry.task, in: scope) { instances[place]?.task = task }
    }
}

extension ToDo {
    /// Whether a template of it makes a code that holds for seconds.
    fileprivate var usesOneTimePassword: Bool {
        let texts = [JSONValue.string(text ?? ""), .string(selector ?? ""), .object(fields)]
        let found = (try? Template.expressions(in: .array(texts))) ?? []
        return found.contains { $0.expression.root == .totp }
    }
}
