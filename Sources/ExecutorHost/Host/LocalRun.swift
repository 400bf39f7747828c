import Cryptography
import EventLoops
import FoundationEssentials
import JSON
import JobModel
import JobScheduler
import JobWorker
import Security
import Storage
import Synchronization
import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// One job in this process: a scheduler, a worker and a queue of its own, gone when the job has ended.
struct LocalRun {
    let invocation: Invocation
    let signals: Signals
    private let attendance: Attendance
    private let caller = Principal(id: "cli", tenant: .default)

    init(_ invocation: Invocation, signals: Signals, attendance: Attendance = Attendance()) {
        self.attendance = attendance
        self.invocation = invocation
        self.signals = signals
    }

    /// Runs a scenario to its end.
    func run(_ scenario: Scenario, files: [AttachedFile]) async throws -> ExitCode {
        let configuration = invocation.configuration
        let id = SchedulerEnvironment.live.makeID()
        let directory = Paths(configuration).job("j" + id)
        let log = StderrLogSink(level: Self.logLevel(configuration))
        let logger = Logger(sink: log)
        let guards = try Guards(configuration, allowsLoopback: true, logger: logger)
        let dispatch = try await Dispatch(url: configuration[.redisURL], queue: "run-\(id)", logger: logger)
        var job: JobID?
        let outcome: Result<ExitCode, any Error>
        do {
            let local = try await openScheduler(as: id, in: directory, guards, dispatch, logger)
            do {
                let submitted = try await submit(scenario, files, to: local.scheduler)
                job = submitted
                let shop = try makeShop(in: directory + "/work", guards, dispatch, local.scheduler, log)
                outcome = await work(on: submitted, scenario, local.scheduler, shop, in: directory)
            } catch {
                outcome = .failure(error)
            }
            await local.close()
        } catch {
            outcome = .failure(error)
        }
        // Where there is no job there is nothing of it either.
        if job == nil { try? FileManager.default.removeItem(atPath: directory) }
        await dispatch.erase(JobID("j" + id))
        await dispatch.close()
        await log.close()
        return try outcome.get()
    }

    // MARK: Parts

    private func openScheduler(
        as id: String,
        in directory: String,
        _ guards: Guards,
        _ dispatch: Dispatch,
        _ logger: Logger
    ) async throws -> LocalScheduler {
        try Paths.make(directory)
        return try await LocalScheduler(
            database: directory + "/job.db",
            artifacts: directory + "/.artifacts",
            index: dispatch.index,
            isIndexVolatile: dispatch.isVolatile,
            lease: invocation.configuration.duration(.lease),
            policies: guards.policies,
            environment: Self.environment(firstID: id),
            logger: logger
        )
    }

    /// Hands the job in with its files.
    private func submit(
        _ scenario: Scenario,
        _ files: [AttachedFile],
        to scheduler: Scheduler
    ) async throws -> JobID {
        var submission = JobSubmission(scenario)
        // There is no job yet that a signal could cancel, and a file may be a pipe.
        submission.files = try await signals.cancelling { try await upload(files, to: scheduler) }
        return try await scheduler.submit(submission, as: caller).id
    }

    private func makeShop(
        in directory: String,
        _ guards: Guards,
        _ dispatch: Dispatch,
        _ scheduler: Scheduler,
        _ log: StderrLogSink
    ) throws -> WorkShop {
        try Paths.make(directory)
        return try WorkShop(
            invocation.configuration,
            environment: invocation.environment,
            directory: directory,
            isForOneJob: true,
            guards: guards,
            attended: attendance.isNeeded ? (attendance, invocation.terminal) : nil,
            log: log,
            index: dispatch.index,
            heartbeat: { try dispatch.heartbeat(on: $0) },
            link: { _ in DirectLink(scheduler: scheduler) }
        )
    }

    /// Does the job, and says what came of it.
    private func work(
        on job: JobID,
        _ scenario: Scenario,
        _ scheduler: Scheduler,
        _ shop: WorkShop,
        in directory: String
    ) async -> Result<ExitCode, any Error> {
        listen(for: job, scheduler)
        announce(job, scenario)
        let outcome: Result<ExitCode, any Error>
        do {
            try await work(on: job, scheduler, shop)
            outcome = .success(try await finish(job, scheduler, in: directory))
        } catch {
            outcome = .failure(error)
        }
        await shop.close()
        try? FileManager.default.removeItem(atPath: directory + "/work")
        return outcome
    }

    /// Runs scheduler and worker beside each other until the job has ended or waits for a human.
    private func work(on job: JobID, _ scheduler: Scheduler, _ shop: WorkShop) async throws {
        async let _: Void = scheduler.run()
        async let working: Void = shop.worker.run()
        try await follow(job, scheduler)
        await shop.worker.drain()
        await working
    }

    private func follow(_ job: JobID, _ scheduler: Scheduler) async throws {
        let printer = ProgressPrinter()
        for try await element in scheduler.watch(job, since: 0, for: caller) {
            guard case .event(let event) = element else { continue }
            if invocation.isJSON {
                invocation.terminal.result(event.json.text())
            } else if let line = printer.line(for: event) {
                invocation.terminal.note(line)
            }
            if event.kind == .state, event.data["state"] == "needs_review" { return }
        }
    }

    /// The first signal cancels the job and ends well; the second leaves everything as it is.
    private func listen(for job: JobID, _ scheduler: Scheduler) {
        let terminal = invocation.terminal
        signals.onSignal { [caller] number, count in
            guard count == 1 else { _exit(Signals.exitCode(of: number).rawValue) }
            terminal.note("cancelling the job; once more to end at once")
            Task { _ = try? await scheduler.cancel(job, as: caller) }
        }
    }

    private func announce(_ job: JobID, _ scenario: Scenario) {
        guard !invocation.isJSON else { return }
        let count = scenario.tasks.count
        invocation.terminal.note("\(scenario.name)  job \(job)  \(count) task\(count == 1 ? "" : "s")")
    }

    /// Puts files beside the job under their names, writes `result.json`, and says what came of it.
    private func finish(_ job: JobID, _ scheduler: Scheduler, in directory: String) async throws -> ExitCode {
        let detail = try await scheduler.job(job, for: caller)
        let paths = try await take(detail.artifacts, of: job, from: scheduler, into: directory + "/files")
        try? FileManager.default.removeItem(atPath: directory + "/.artifacts")
        var result = try detail.json()
        result["files"] = .object(paths.reduce(into: [:]) { $0[$1.key] = .string($1.value) })
        let text = result.text(.pretty) + "\n"
        guard FileManager.default.createFile(atPath: directory + "/result.json", contents: Data(text.utf8)) else {
            throw HostError(.unavailable, "cannot write \(directory)/result.json: \(String(cString: strerror(errno)))")
        }
        if invocation.isJSON {
            invocation.terminal.result(JSONValue.object(["type": "result", "job": .object(result)]).text())
        } else {
            for line in JobSummary(job: result, path: { paths[$0] }).lines { invocation.terminal.result(line) }
        }
        if let code = signals.exitCode, detail.job.state == .cancelled { return code }
        return detail.job.state == .done ? .ok : .failed
    }

    private func take(
        _ artifacts: [Artifact],
        of job: JobID,
        from scheduler: Scheduler,
        into directory: String
    ) async throws -> [String: String] {
        guard !artifacts.isEmpty else { return [:] }
        try Paths.make(directory)
        var paths: [String: String] = [:]
        for artifact in artifacts {
            let path = "\(directory)/\(artifact.name)"
            try await scheduler.getArtifact(artifact, of: job, to: path)
            paths[artifact.name] = path
        }
        return paths
    }

    private func upload(_ files: [AttachedFile], to scheduler: Scheduler) async throws -> [String: String] {
        var hashes: [String: String] = [:]
        for file in files {
            let type = MediaType.of(fileName: file.name, at: file.path)
            let body = try await file.reader().next
            hashes[file.name] = try await scheduler.upload(name: file.name, contentType: type, body: body, as: caller)
                .sha256
        }
        return hashes
    }

    /// Progress is what people want to see here: logs only when they are asked for, or something is wrong.
    private static func logLevel(_ configuration: Configuration) -> Logger.Level {
        if configuration.origin(of: .logLevel) == .fallback { return .error }
        return Logger.Level(rawValue: configuration.text(.logLevel)) ?? .error
    }

    /// The first id is known before, because the job's directory has its name.
    private static func environment(firstID: String) -> SchedulerEnvironment {
        let first = Mutex<String?>(firstID)
        var environment = SchedulerEnvironment.live
        let makeID = environment.makeID
        environment.makeID = { first.withLock { $0.take() } ?? makeID() }
        return environment
    }
}
