import JSON
import JobModel
import Security
import Storage
import Telemetry

/// Submits the jobs of schedules when their turn has come.
///
/// The job and the next turn are one transaction, so a turn is had once whatever happens. Turns that passed while nobody was
/// there to see them count as one.
struct ScheduleRunner {
    /// What came of a turn.
    private enum Outcome {
        case submitted(JobID)
        /// It had no job, because that of an earlier one goes on.
        case leftOut(String)
        /// It had no job, because there could be none.
        case refused(String)
        /// It waits, or was told before.
        case nothing

        var problem: String? {
            switch self {
            case .leftOut(let problem), .refused(let problem): problem
            case .submitted, .nothing: nil
            }
        }
    }

    private static let batch = 100
    /// When a schedule whose time zone is not known is looked at again, milliseconds.
    private static let zonePause: Int64 = 60_000

    let writer: JobWriter
    let configuration: SchedulerConfiguration
    let directory: AgentDirectory
    let logger: Logger

    /// Looks every second until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await pass()
            } catch {
                logger.warning("Schedules cannot be looked at", ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// One look.
    func pass() async throws {
        let now = writer.environment.now()
        let due = try await writer.read { try $0.dueSchedules(at: now, limit: Self.batch) }
        // A turn is a new job like any other: on a full disk it stays due.
        guard !due.isEmpty, await writer.environment.hasRoom() else { return }
        for schedule in due {
            let offered = try await directory.offering(schedule.tenant, beside: configuration, writer)
            try await turn(of: schedule.id, offered, at: now)
        }
    }

    private func turn(of id: String, _ offered: SchedulerConfiguration, at now: Int64) async throws {
        let runner = self
        let outcome = try await writer.write { transaction -> Outcome in
            // What was read before may be out of date.
            guard var schedule = try transaction.schedule(id) else { return .nothing }
            let isDue = (schedule.next ?? .max) <= now
            guard isDue || schedule.isQueued else { return .nothing }
            let outcome = try runner.take(&schedule, offered, isDue: isDue, at: now, in: transaction)
            // A turn that goes on waiting has nothing to write.
            if isDue || !schedule.isQueued { try transaction.save(schedule) }
            if let problem = outcome.problem { try transaction.append(Self.entry(schedule, problem, at: now)) }
            return outcome
        }
        switch outcome {
        case .submitted(let job): logger.info("A schedule submitted a job", ["schedule": id, "job": job.rawValue])
        case .leftOut(let why): logger.info("A turn of a schedule was left out", ["schedule": id, "why": why])
        case .refused(let why): logger.warning("A turn of a schedule had no job", ["schedule": id, "why": why])
        case .nothing: break
        }
    }

    private func take(
        _ schedule: inout ScheduleRecord,
        _ offered: SchedulerConfiguration,
        isDue: Bool,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws -> Outcome {
        if isDue {
            let zone = TimeZoneRules(named: schedule.timezone)
            // UTC needs no rules.
            guard zone != nil || schedule.timezone == "UTC" else { return Self.postpone(&schedule, at: now) }
            schedule.last = schedule.next
            schedule.next = (try? CronExpression(schedule.cron))?.next(after: now, in: zone)
        }
        let outcome = try submit(&schedule, offered, isDue: isDue, at: now, in: transaction)
        // What a turn that waits was told before stays.
        if case .nothing = outcome { return outcome }
        schedule.problem = outcome.problem
        return outcome
    }

    private func submit(
        _ schedule: inout ScheduleRecord,
        _ offered: SchedulerConfiguration,
        isDue: Bool,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws -> Outcome {
        if let earlier = try schedule.job.flatMap(transaction.job), !earlier.state.isTerminal {
            switch schedule.overlap {
            case .skip:
                return .leftOut("left out: job \(earlier.id) of an earlier turn has not ended")
            case .queue:
                schedule.isQueued = true
                return .nothing
            case .cancel:
                var change = JobChange(earlier, at: now, by: "schedule/\(schedule.id)")
                if try change.cancel() { try change.save(in: transaction, announcing: writer.announcer) }
            }
        }
        schedule.isQueued = false
        do {
            let caller = Principal(id: "schedule/\(schedule.id)", tenant: schedule.tenant)
            let submission = JobSubmission(scenario: schedule.scenario)
            let prepared = try PreparedSubmission(submission, by: caller, offered, writer.environment)
            let job = try prepared.commit(in: transaction, announcing: writer.announcer).job
            schedule.job = job.id
            return .submitted(job.id)
        } catch let error as SchedulerError where !error.isTransient && error.code != .storageFull {
            return .refused(error.message)
        }
    }

    /// Keeps a turn whose time nobody can tell until the machine knows the zone again; says so once.
    private static func postpone(_ schedule: inout ScheduleRecord, at now: Int64) -> Outcome {
        schedule.next = now + zonePause
        let problem =
            "this machine does not know the time zone '\(schedule.timezone)' any more: install the package tzdata, or make "
            + "the schedule anew with another zone"
        guard schedule.problem != problem else { return .nothing }
        schedule.problem = problem
        return .refused(problem)
    }

    private static func entry(_ schedule: ScheduleRecord, _ problem: String, at now: Int64) -> AuditEntry {
        AuditEntry(
            tenant: schedule.tenant,
            timestamp: now,
            actor: "schedule/\(schedule.id)",
            action: "schedule.left_out",
            job: nil,
            detail: ["schedule": .string(schedule.id), "name": .string(schedule.name), "problem": .string(problem)]
        )
    }
}
