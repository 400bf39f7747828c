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
    private static let batch = 100

    let writer: JobWriter
    let configuration: SchedulerConfiguration
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
        for schedule in due { try await turn(of: schedule.id, at: now) }
    }

    private func turn(of id: String, at now: Int64) async throws {
        let runner = self
        let submitted = try await writer.write { transaction -> JobID? in
            // What was read before may be out of date.
            guard var schedule = try transaction.schedule(id) else { return nil }
            let isDue = (schedule.next ?? .max) <= now
            if isDue {
                schedule.last = schedule.next
                schedule.next = Self.next(of: schedule, after: now)
            }
            guard isDue || schedule.isQueued else { return nil }
            let submitted = try runner.submit(&schedule, isDue: isDue, at: now, in: transaction)
            // A turn that goes on waiting has nothing to write.
            if isDue || !schedule.isQueued { try transaction.save(schedule) }
            return submitted
        }
        if let submitted { logger.info("A schedule submitted a job", ["schedule": id, "job": submitted.rawValue]) }
    }

    private func submit(
        _ schedule: inout ScheduleRecord,
        isDue: Bool,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws -> JobID? {
        if let earlier = try schedule.job.flatMap(transaction.job), !earlier.state.isTerminal {
            switch schedule.overlap {
            case .skip:
                schedule.problem = "left out: job \(earlier.id) of an earlier turn has not ended"
                return nil
            case .queue:
                schedule.isQueued = true
                return nil
            case .cancel:
                var change = JobChange(earlier, at: now, by: "schedule/\(schedule.id)")
                if try change.cancel() { try change.save(in: transaction, announcing: writer.announcer) }
            }
        }
        schedule.isQueued = false
        do {
            let caller = Principal(id: "schedule/\(schedule.id)", tenant: schedule.tenant)
            let submission = JobSubmission(scenario: schedule.scenario)
            let prepared = try PreparedSubmission(submission, by: caller, configuration, writer.environment)
            let job = try prepared.commit(in: transaction, announcing: writer.announcer).job
            schedule.job = job.id
            schedule.problem = nil
            return job.id
        } catch let error as SchedulerError where !error.isTransient && error.code != .storageFull {
            schedule.problem = error.message
            return nil
        }
    }

    static func next(of schedule: ScheduleRecord, after time: Int64) -> Int64? {
        guard let cron = try? CronExpression(schedule.cron) else { return nil }
        return cron.next(after: time, in: TimeZoneRules(named: schedule.timezone))
    }
}
