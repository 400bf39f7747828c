import Executors
import JSON
import JobModel
import JobQueue
import Security
import Telemetry

/// Runs one assigned job: asks the state machine what to do and does it, until the run is over.
///
/// Stopped by its control alone; with a lost lease the steps are cancelled and nothing more is written.
struct JobRunner: Sendable {
    let assignment: Assignment
    let scenario: Scenario
    let plan: JobPlan
    let resolver: ScenarioResolver
    let lease: Lease
    let services: WorkerServices
    let messages: WorkerMessages
    let sender: MessageSender
    let reporter: Reporter
    let logger: Logger

    /// Runs the job; files and sessions are given back when this returns.
    func run(_ control: RunControl) async -> JobResult {
        let workspace = JobWorkspace(
            directory: "\(services.directory)/\(ArtifactName.sanitized(lease.job.rawValue))-\(lease.epoch)",
            known: assignment.artifacts,
            limits: services.limits,
            fetch: { [services, lease] artifact, path in
                try await services.link.getArtifact(
                    artifact,
                    of: lease.job,
                    epoch: lease.epoch,
                    worker: lease.worker,
                    to: path
                )
            }
        )
        let uploads = Uploads(
            sender: sender,
            clock: services.clock,
            workspace: workspace,
            lease: lease,
            known: assignment.artifacts,
            redact: { [redactor = messages.redactor] in redactor.redact($0) }
        )
        let sessions = SessionTable(context: context(workspace), clock: services.clock)
        // Not structured: it stops what outlives the step that began it.
        control.whenLost {
            Task {
                await reporter.abort()
                await uploads.abort()
            }
        }
        let result = await withTaskGroup(of: Void.self) { group in
            let (ticks, tick) = AsyncStream<LAMMessage>.makeStream(bufferingPolicy: .bufferingNewest(16))
            group.addTask { await sendTicks(ticks) }
            let steps = StepRunner(
                job: lease.job,
                registry: services.registry,
                sessions: sessions,
                uploads: uploads,
                reporter: reporter,
                messages: messages,
                policy: { [policies = services.policies, lease] in policies.check(for: lease.tenant) },
                clock: services.clock,
                logger: logger,
                slack: services.stepSlack ?? StepRunner.slack,
                progress: { [messages] place, data in tick.yield(messages.progress(place, data)) }
            )
            let result = await runSteps(steps, control)
            group.cancelAll()
            if control.requested != .lost { await keepLast(of: sessions, after: result, uploads) }
            return result
        }
        async let closed: Void = sessions.closeAll()
        await reporter.flush()
        await closed
        await workspace.remove()
        return control.requested == .lost ? .abandoned : result
    }

    private func context(_ workspace: JobWorkspace) -> JobContext {
        JobContext(
            job: lease.job,
            tenant: lease.tenant,
            run: assignment.run,
            browserOptions: (try? resolver.value(.object(scenario.browser), in: RunScope()))?.object
                ?? scenario.browser,
            onDialog: scenario.onDialog,
            overlays: scenario.overlays,
            workspace: workspace,
            redact: { [redactor = messages.redactor] in redactor.redact($0) },
            delegate: { [messages, sender] key, question in
                let place = JobPlan.JournalPlace(key.step, key.iteration)
                do {
                    return try await sender.send(messages.delegate(place, question))
                } catch let refusal as SchedulerRefusal {
                    throw StepFailure(
                        reason: refusal.reason,
                        message: "The scheduler refuses: \(refusal.message)",
                        isRetryable: false,
                        // A question about what was begun leaves open what became of it.
                        mayHaveActed: question["mode"] != "start"
                    )
                }
            },
            denied: { [reporter, messages] denial in
                // Not structured: pages ask from the proxy's loop; the reporter keeps the order and is flushed at the end.
                Task { await reporter.add(messages.denied(denial)) }
            },
            uploadLimit: { [policies = services.policies, lease] in policies.check(for: lease.tenant).uploadLimit },
            logger: logger
        )
    }

    /// What is kept of the job as a whole never decides how it ended.
    private func keepLast(of sessions: SessionTable, after result: JobResult, _ uploads: Uploads) async {
        let hasFailed: Bool
        switch result {
        case .done: hasFailed = false
        case .failed: hasFailed = true
        case .handedBack, .abandoned: return
        }
        let artifacts = await sessions.finish(hasFailed: hasFailed)
        do {
            _ = try await uploads.upload(artifacts)
        } catch {
            logger.warning("Files of the job as a whole not kept", ["error": "\(error)"])
        }
    }

    /// Ticks are not durable: one that cannot be sent is forgotten.
    private func sendTicks(_ ticks: AsyncStream<LAMMessage>) async {
        for await message in ticks {
            _ = try? await services.link.send(message)
            try? await services.clock.sleep(services.clock.now() + .milliseconds(100))
        }
    }

    // MARK: The run

    private func runSteps(_ steps: StepRunner, _ control: RunControl) async -> JobResult {
        var run = JobRun(plan: plan, resolver: resolver)
        return await withTaskGroup(of: Void.self) { group in
            var timer: ContinuousClock.Instant?
            var result = await perform(run.begin(at: services.clock.moment), steps, control, in: &group)
            while result == nil {
                if let wake = run.wakeAt, timer.map({ wake < $0 }) ?? true {
                    timer = wake
                    group.addTask { [clock = services.clock] in
                        try? await clock.sleep(wake)
                        control.yield(.tick)
                    }
                }
                let event = await control.next()
                if case .tick = event { timer = nil }
                if case .hold(true) = event { group.addTask { await sayHeld(control) } }
                let actions = Self.advance(&run, event, at: services.clock.moment)
                result = await perform(actions, steps, control, in: &group)
            }
            group.cancelAll()
            return result ?? .abandoned
        }
    }

    /// A job that is held is seen to be alive, for those who watch it and for its `no_progress`.
    private func sayHeld(_ control: RunControl) async {
        while control.isHeld, !Task.isCancelled {
            _ = try? await services.link.send(messages.held())
            try? await services.clock.sleep(services.clock.now() + .seconds(1))
        }
    }

    private static func advance(_ run: inout JobRun, _ event: RunControl.Event, at moment: Moment) -> [JobRun.Action] {
        switch event {
        case .ended(let place, let end): run.ended(place, end, at: moment)
        case .stop(let reason): run.stop(reason, at: moment)
        case .hold(let isHeld): run.hold(isHeld, at: moment)
        case .tick: run.tick(at: moment)
        }
    }

    /// Does what the state machine says; the result when the run is over.
    private func perform(
        _ actions: [JobRun.Action],
        _ steps: StepRunner,
        _ control: RunControl,
        in group: inout TaskGroup<Void>
    ) async -> JobResult? {
        for action in actions {
            switch action {
            case .start(let start):
                group.addTask { control.yield(.ended(start.place, await steps.run(start))) }
            case .report(let report):
                await tell(report)
            case .cancelSteps:
                group.cancelAll()
                control.mustEnd()
            case .finish(let result):
                return result
            }
        }
        return nil
    }

    private func tell(_ report: StepReport) async {
        services.metrics.counter(
            "cpa_steps_total",
            ["action": report.action.rawValue, "status": report.status.rawValue]
        )
        .increment()
        // Not waited for: messages go in order, so the intent of whatever depends on an effect comes after its result.
        await reporter.add(messages.step(report))
    }
}
