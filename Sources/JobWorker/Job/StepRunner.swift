import Executors
import JSON
import JobModel
import Security
import Telemetry

/// Does one step: session, intent, executor with its deadline, upload of what it made.
struct StepRunner: Sendable {
    /// How long past its deadline an executor may take to say so itself, with a picture of the page: its own error is
    /// better than ours.
    static let slack = Duration.seconds(4)
    /// How long a cancelled executor is waited for (docs/executors.md).
    private static let grace = Duration.milliseconds(1_500)
    private static let sessionLimit = Duration.seconds(65)
    /// Outputs travel in messages and events.
    private static let outputLimit = 1 << 20

    let job: JobID
    let registry: ExecutorRegistry
    let sessions: SessionTable
    let uploads: Uploads
    let reporter: Reporter
    let messages: WorkerMessages
    /// The tenant's policy as it is now.
    let policy: @Sendable () -> PolicyCheck
    let clock: WorkerClock
    let logger: Logger
    let slack: Duration
    let progress: @Sendable (JobPlan.JournalPlace, JSONObject) -> Void

    /// Runs a step to its end; never throws, always says how it went.
    func run(_ start: JobRun.Start) async -> JobRun.End {
        let gate = EffectGate()
        do {
            let start = try await admitted(start)
            let executor = try registry.executor(for: start.task)
            let session = try await session(of: executor)
            let comesLater = start.mode == .executeEffect && executor.announces(start.task)
            if start.mode == .executeEffect { try await announce(start, isPreparing: comesLater) }
            try Task.checkCancellation()
            if let url = start.resumeAt { try await open(url, for: start, in: session, executor) }
            if !comesLater { try gate.pass() }
            if start.mode == .verify { return try await verify(start, in: session, executor) }
            var outcome = try await limited(start.task.timeout, executor) { deadline in
                var step = step(start.task, start.place, deadline)
                if comesLater {
                    step.willAct = {
                        try gate.pass()
                        try await announce(start, isPreparing: false)
                        try Task.checkCancellation()
                    }
                }
                return try await session.execute(step)
            }
            outcome.artifacts = try await upload(outcome.artifacts, of: start)
            return try checked(outcome, of: start)
        } catch {
            return .failed(await failure(error, of: start, hasBegun: gate.end()))
        }
    }

    // MARK: Parts

    /// The step as the policy lets it run; what has happened already is looked up whatever the policy says.
    private func admitted(_ start: JobRun.Start) async throws -> JobRun.Start {
        guard start.mode != .verify else { return start }
        try start.task.refuseSecretInFile(messages.redactor)
        var admitted = start
        do throws(PolicyDenial) {
            admitted.task = try policy().admit(start.task)
        } catch {
            await reporter.add(messages.denied(error, at: start.place))
            throw StepFailure(
                reason: .policyDenied,
                message: "The task '\(start.task.id)' (\(start.task.action.rawValue)) is denied. \(error)",
                isRetryable: false,
                mayHaveActed: false
            )
        }
        return admitted
    }

    private func session(of executor: any Executor) async throws -> any ExecutorSession {
        do {
            // The opening is shared and goes on; only the waiting ends with the step.
            return try await withDeadline(clock.now() + Self.sessionLimit, grace: .zero, clock: clock) {
                try await sessions.session(of: executor)
            }
        } catch let error as DeadlinePassed {
            // Who gives no grace hears of a cancel as of a time that is over.
            try Task.checkCancellation()
            throw error
        }
    }

    private func announce(_ start: JobRun.Start, isPreparing: Bool) async throws {
        try Task.checkCancellation()
        do {
            try await reporter.send(messages.intent(start, isPreparing: isPreparing))
        } catch let refusal as SchedulerRefusal {
            throw StepFailure(
                reason: refusal.reason,
                message: "The scheduler did not take the intent: \(refusal.message)",
                isRetryable: false,
                mayHaveActed: false
            )
        }
    }

    /// Opens the page where it goes on after its session was lost.
    private func open(
        _ url: String,
        for start: JobRun.Start,
        in session: any ExecutorSession,
        _ executor: any Executor
    ) async throws {
        var task = ToDo(id: start.task.id, index: start.task.index, action: .goto, fields: ["url": .string(url)])
        task.page = start.task.page
        task.timeout = max(start.task.timeout, .seconds(30))
        let goto = task
        _ = try await limited(goto.timeout, executor) { deadline in
            try await session.execute(step(goto, start.place, deadline))
        }
    }

    private func verify(
        _ start: JobRun.Start,
        in session: any ExecutorSession,
        _ executor: any Executor
    ) async throws -> JobRun.End {
        let verification = try await limited(start.task.timeout, executor) { deadline in
            try await session.verify(step(start.task, start.place, deadline))
        }
        guard case .happened(var outcome) = verification else { return .verified(verification) }
        outcome.artifacts = try await upload(outcome.artifacts, of: start)
        return .verified(.happened(outcome))
    }

    private func step(_ task: ToDo, _ place: JobPlan.JournalPlace, _ deadline: ContinuousClock.Instant) -> Step {
        Step(
            key: JournalKey(job: job, step: place.step, iteration: place.iteration),
            task: task,
            deadline: deadline,
            report: { [progress] tick in progress(place, tick) }
        )
    }

    /// Runs a call of an executor; a session that does not end when told to is given up.
    private func limited<R: Sendable>(
        _ timeout: Duration,
        _ executor: any Executor,
        _ body: @escaping @Sendable (ContinuousClock.Instant) async throws -> R
    ) async throws -> R {
        let deadline = clock.now() + timeout
        do {
            return try await withDeadline(deadline + slack, grace: Self.grace, clock: clock) {
                try await body(deadline)
            }
        } catch let error as DeadlinePassed where error.isAbandoned {
            logger.error("Step did not end when cancelled, its session is given up", ["executor": executor.name])
            await sessions.discard(executor.name)
            // It was told to by who stopped the job, or by its timeout.
            try Task.checkCancellation()
            throw error
        }
    }

    // MARK: Results

    /// Uploads files before their step is reported; also after a cancel, for what happened must be told in full.
    private func upload(_ artifacts: [Artifact], of start: JobRun.Start) async throws -> [Artifact] {
        guard !artifacts.isEmpty else { return [] }
        let worth = WorthWithoutFile(of: start.task.action)
        do {
            return try await uploads.upload(artifacts)
        } catch is CancellationError where start.mode != .execute && worth != .inDoubt {
            guard worth == .nothing else { return [] }
            throw StepFailure(
                reason: .cancelled,
                message: "The step was stopped before its file was kept.",
                isRetryable: false,
                mayHaveActed: false
            )
        } catch let refusal as SchedulerRefusal {
            if start.mode != .execute, worth == .done {
                logger.error("Artifacts not kept", ["step": start.place.step.rawValue, "refusal": refusal.message])
                return []
            }
            var failure = StepFailure(
                reason: refusal.reason,
                message: "The scheduler did not take a file of the step: \(refusal.message)",
                isRetryable: false
            )
            if worth != .done { failure.mayHaveActed = worth == .inDoubt }
            throw failure
        }
    }

    /// What an effect has come to whose file the scheduler did not take.
    private enum WorthWithoutFile {
        /// It happened; the file was beside it.
        case done
        /// Nobody has what it was for, but the page may have done its part, once: a human must say.
        case inDoubt
        /// Nothing: what this worker has goes with it, and to everybody else the file never was.
        case nothing

        init(of action: Action) {
            switch action {
            case .writeFile, .moveFile, .screenshot, .pdf, .storageState, .har, .downloadAttachments: self = .nothing
            case .download: self = .inDoubt
            default: self = .done
            }
        }
    }

    private func checked(_ outcome: StepOutcome, of start: JobRun.Start) throws -> JobRun.End {
        let size = outcome.outputs.serialized().count
        guard size > Self.outputLimit else { return .done(outcome) }
        guard start.mode == .execute else {
            logger.error("Outputs too large, dropped", ["step": start.place.step.rawValue, "bytes": String(size)])
            var outcome = outcome
            outcome.outputs = [:]
            return .done(outcome)
        }
        throw start.task.invalid("gave \(size) bytes of outputs; \(Self.outputLimit) are allowed, keep them as a file")
    }

    private func failure(_ error: any Error, of start: JobRun.Start, hasBegun: Bool) async -> StepFailure {
        var failure = Self.failure(error, of: start)
        if !hasBegun { failure.mayHaveActed = false }
        if !failure.artifacts.isEmpty { failure.artifacts = (try? await uploads.upload(failure.artifacts)) ?? [] }
        return failure
    }

    private static func failure(_ error: any Error, of start: JobRun.Start) -> StepFailure {
        switch error {
        case let failure as StepFailure: failure
        case let passed as DeadlinePassed:
            StepFailure(
                reason: .timeout,
                message: "The step '\(start.place.step)' (\(start.task.action.rawValue)) \(passed); "
                    + "its timeout is \(start.task.timeout.milliseconds) ms.",
                isRetryable: true
            )
        case is CancellationError:
            StepFailure(reason: .cancelled, message: "The step was stopped.", isRetryable: false)
        default:
            StepFailure(
                reason: .internalError,
                message: "The step '\(start.place.step)' (\(start.task.action.rawValue)) failed unexpectedly: \(error)",
                isRetryable: true
            )
        }
    }
}
