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
    ///
    /// - Parameter files: paths by the name the scenario knows them under.
    func run(_ scenario: Scenario, files: [(name: String, path: String)]) async throws -> ExitCode {
        let configuration = invocation.configuration
        let id = SchedulerEnvironment.live.makeID()
        let directory = Paths(configuration).job("j" + id)
        let log = StderrLogSink(level: Self.logLevel(configuration))
        let logger = Logger(sink: log)
        let guards = try Guards(configuration, allowsLoopback: true, logger: logger)
        let (dispatch, local, job): (Dispatch, LocalScheduler, JobID)
        do {
            (dispatch, local, job) = try await submit(scenario, files, as: id, in: directory, guards, logger)
        } catch {
            // There is no job, so nothing of it either.
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
        try Paths.make(directory + "/work")
        let shop = try WorkShop(
            configuration,
            environment: invocation.environment,
            directory: directory + "/work",
            isForOneJob: true,
            guards: guards,
            attended: attendance.isNeeded ? (attendance, invocation.terminal) : nil,
            log: log,
            index: dispatch.index,
            heartbeat: { try dispatch.heartbeat(on: $0) },
            link: { _ in DirectLink(scheduler: local.scheduler) }
        )
        listen(for: job, local.scheduler)
        announce(job, scenario)
        let outcome: Result<ExitCode, any Error>
        do {
            try await work(on: job, local.scheduler, shop)
            outcome = .success(try await finish(job, local.scheduler, in: directory))
        } catch {
            outcome = .failure(error)
        }
        await shop.close()
        await local.close()
        await dispatch.close()
        try? FileManager.default.removeItem(atPath: directory + "/work")
        await log.close()
        return try outcome.get()
    }

    // MARK: Parts

    /// Opens everything a job needs and hands the job in.
    private func submit(
        _ scenario: Scenario,
        _ files: [(name: String, path: String)],
        as id: String,
        in directory: String,
        _ guards: Guards,
        _ logger: Logger
    ) async throws -> (Dispatch, LocalScheduler, JobID) {
        let configuration = invocation.configuration
        let dispatch = try await Dispatch(url: configuration[.redisURL], queue: "run-\(id)", logger: logger)
        try Paths.make(directory)
        let local = try await LocalScheduler(
            database: directory + "/job.db",
            artifacts: directory + "/.artifacts",
            index: dispatch.index,
            isIndexVolatile: dispatch.isVolatile,
            lease: configuration.duration(.lease),
            policies: guards.policies,
            environment: Self.environment(firstID: id),
            logger: logger
        )
        var submission = JobSubmission(scenario)
        submission.files = try await upload(files, to: local.scheduler)
        return (dispatch, local, try await local.scheduler.submit(submission, as: caller).id)
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
            guard count == 1 else { _exit((number == SIGINT ? ExitCode.interrupted : .terminated).rawValue) }
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

    private func upload(_ files: [(name: String, path: String)], to scheduler: Scheduler) async throws -> [String:
        String]
    {
        var hashes: [String: String] = [:]
        for (name, path) in files {
            guard let reader = FileBody(path: path) else {
                throw HostError(.usage, "cannot read \(path): \(String(cString: strerror(errno)))")
            }
            let type = MediaType.of(fileName: name, at: path)
            let artifact = try await scheduler.upload(name: name, contentType: type, body: reader.next, as: caller)
            hashes[name] = artifact.sha256
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

/// A file read piece by piece.
private final class FileBody: Sendable {
    private let descriptor: Int32

    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Reads 256 KiB on the caller's thread: files of a command line, before anything else runs.
    @Sendable func next() async throws -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return bytes.isEmpty ? nil : bytes
    }
}
