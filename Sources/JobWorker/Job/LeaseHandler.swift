import Executors
import JSON
import JobModel
import JobQueue
import Security
import Synchronization
import Telemetry

/// What is done with one lease, from `agree` to its end.
struct LeaseHandler: Sendable {
    let lease: Lease
    let services: WorkerServices
    let parallelSteps: Int
    /// How long the scheduler may take to agree, and to hear of an end that was asked for: a worker that reaches the index alone
    /// must not keep a job for ever.
    let patience: Duration

    /// Runs the job of the lease; cancelling the task means that the lease is lost.
    ///
    /// - Parameters:
    ///   - whenAgreed: called when the job is this worker's; it begins when that returns.
    ///   - whenOver: called when the job was run and its files and sessions are gone, before the scheduler is told.
    /// - Returns: whether the scheduler knows how it ended, so that the lease is to be given back; otherwise it runs out.
    func handle(
        _ control: RunControl,
        whenAgreed: @Sendable () async -> Void = {},
        whenOver: @Sendable () async -> Void = {}
    ) async -> Bool {
        let logger = logger(.none)
        let sender = MessageSender(link: services.link, clock: services.clock, logger: logger)
        var messages = WorkerMessages(lease: lease, clock: services.clock, newID: services.newID)
        let began = services.clock.now()
        let acknowledgement: JSONObject
        switch await agree(messages, sender, logger) {
        case .success(let answer): acknowledgement = answer
        case .failure(let refusal): return refusal.isOver
        }
        let givingUp = Mutex<Task<Void, Never>?>(nil)
        defer { givingUp.withLock { $0 }?.cancel() }
        control.whenEnding { [clock = services.clock, patience, weak control] in
            // Not structured: it ends the job from outside. Ends with the job.
            let task = Task {
                guard (try? await clock.sleep(clock.now() + patience)) != nil else { return }
                logger.warning("The scheduler does not hear of the end of the job, its lease is given up")
                control?.stop(.lost)
            }
            givingUp.withLock { $0 = task }
        }
        await whenAgreed()
        logger.info("Job started")
        let result: JobResult
        do {
            let assignment = try Assignment(acknowledgement: acknowledgement)
            let scenario = try Self.scenario(assignment)
            let secrets = try await JobSecrets(
                of: assignment.scenario,
                tenant: assignment.tenant,
                from: services.secrets
            )
            let issued = LateSecrets()
            messages.redactor = Redactor(secrets: secrets.hidden, late: issued)
            for name in secrets.short { logger.shortSecret(name) }
            result = try await run(assignment, scenario, secrets, issued, messages, control)
        } catch {
            let failure = JobRun.failure(error, of: JobPlan.JournalPlace("job"))
            result = .failed(
                JobFailure(reason: failure.reason, message: failure.message, isRetryable: failure.isRetryable)
            )
        }
        await whenOver()
        return await end(result, messages, began.duration(to: services.clock.now()), self.logger(messages.redactor))
    }

    // MARK: Steps of the above

    private func logger(_ redactor: Redactor) -> Logger {
        Logger(sink: RedactingLogSink(services.logSink) { redactor })
            .with("job", lease.job.rawValue).with("tenant", lease.tenant.rawValue)
            .with("worker", lease.worker.rawValue).with("epoch", lease.epoch.description)
    }

    /// Why a job is not run: its lease is given back when the job is over, and runs out otherwise, for then the scheduler
    /// sets the index right by what SQL says of the job.
    private struct NotOurs: Error { var isOver: Bool }

    private func agree(
        _ messages: WorkerMessages,
        _ sender: MessageSender,
        _ logger: Logger
    ) async -> Result<JSONObject, NotOurs> {
        do {
            let message = messages.agree()
            let answer = try await withDeadline(
                services.clock.now() + patience,
                grace: .zero,
                clock: services.clock
            ) { try await sender.send(message) }
            return .success(answer)
        } catch let refusal as SchedulerRefusal {
            let isKeyWrong = refusal.status == 401 || refusal.status == 403
            logger.log(
                isKeyWrong ? .error : .info,
                isKeyWrong ? "The scheduler refuses this worker's key" : "Lease not agreed to",
                ["refusal": refusal.message]
            )
            return .failure(NotOurs(isOver: refusal.status == 404))
        } catch is DeadlinePassed {
            logger.warning("The scheduler does not answer, the lease is given up")
            return .failure(NotOurs(isOver: false))
        } catch {
            return .failure(NotOurs(isOver: false))
        }
    }

    private static func scenario(_ assignment: Assignment) throws(StepFailure) -> Scenario {
        do {
            return try Scenario(json: assignment.scenario)
        } catch {
            throw StepFailure(
                reason: .invalidScenario,
                message: "This worker cannot read the scenario: \(error)",
                isRetryable: false
            )
        }
    }

    private func run(
        _ assignment: Assignment,
        _ scenario: Scenario,
        _ secrets: JobSecrets,
        _ issued: LateSecrets,
        _ messages: WorkerMessages,
        _ control: RunControl
    ) async throws -> JobResult {
        if let stop = control.requested { return JobRun.result(of: .requested(stop), inDoubt: false) }
        let logger = logger(messages.redactor)
        let sender = MessageSender(link: services.link, clock: services.clock, logger: logger)
        let runner = JobRunner(
            assignment: assignment,
            scenario: scenario,
            plan: try JobPlan(
                assignment,
                scenario: scenario,
                registry: services.registry,
                parallelSteps: parallelSteps,
                at: services.clock.moment
            ),
            resolver: ScenarioResolver(
                context: context(assignment, scenario, secrets, issued, messages.redactor),
                jobOutputs: scenario.outputs
            ),
            lease: lease,
            services: services,
            messages: messages,
            sender: sender,
            reporter: Reporter(sender: sender, logger: logger) { control.stop(.lost) },
            logger: logger
        )
        return await runner.run(control)
    }

    private func context(
        _ assignment: Assignment,
        _ scenario: Scenario,
        _ secrets: JobSecrets,
        _ issued: LateSecrets,
        _ redactor: Redactor
    ) -> TemplateContext {
        var context = TemplateContext(
            variables: scenario.variables,
            job: [
                "id": .string(lease.job.rawValue), "name": .string(scenario.name),
                "tenant": .string(lease.tenant.rawValue),
                "attempt": .init(assignment.attempt),
                "submitted": assignment.submitted.map { .string(RFC3339.format($0)) } ?? .null,
            ],
            secret: { secrets.values[$0] },
            now: services.clock.wall
        )
        context.secretPlace = secrets.place
        context.issued = issued.add
        context.holdsSecret = { redactor.redact($0) != $0 }
        return context
    }

    private func end(_ result: JobResult, _ messages: WorkerMessages, _ duration: Duration, _ logger: Logger) async
        -> Bool
    {
        let (message, word): (LAMMessage, String)
        switch result {
        case .done(let outputs): (message, word) = (messages.done(outputs, duration: duration), "done")
        case .failed(let failure):
            (message, word) = (messages.failure(failure, duration: duration), failure.reason.rawValue)
        case .handedBack(let reason): (message, word) = (messages.refuse(reason), "handed_back")
        case .abandoned:
            logger.warning("Job abandoned", ["duration_ms": String(duration.milliseconds)])
            return false
        }
        services.metrics.counter("cpa_jobs_total", ["result": word]).increment()
        services.metrics.histogram("cpa_job_duration_seconds").record(duration)
        do {
            _ = try await MessageSender(link: services.link, clock: services.clock, logger: logger).send(message)
            logger.info("Job ended", ["result": word, "duration_ms": String(duration.milliseconds)])
            return true
        } catch {
            logger.warning("End of the job not taken", ["result": word, "error": "\(error)"])
            return false
        }
    }
}
