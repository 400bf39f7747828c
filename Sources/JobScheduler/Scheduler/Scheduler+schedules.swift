package import JSON
import JobModel
package import Security
package import Storage

/// What a client wants to come again and again.
package struct ScheduleOrder: Sendable {
    /// For people; one of a tenant's schedules has it.
    package var name: String
    /// Five fields, as in crontab.
    package var cron: String
    /// IANA name of the zone whose clocks count.
    package var timezone = "UTC"
    /// What becomes of a turn while the job of an earlier one has not ended.
    package var overlap = ScheduleRecord.Overlap.skip
    /// A scenario, as in a scenario file.
    package var scenario: JSONObject
    /// Where its parts stand in what was sent.
    package var places: SubmissionPlaces

    /// An order.
    package init(name: String, cron: String, scenario: JSONObject, places: SubmissionPlaces = SubmissionPlaces()) {
        self.name = name
        self.cron = cron
        self.scenario = scenario
        self.places = places
    }
}

extension Scheduler {
    /// Schedules a tenant may have.
    private static let scheduleLimit = 1_000

    /// Keeps a schedule; its first turn is the next time after now.
    ///
    /// - Throws: `SchedulerError`: `invalidInput`, `noCapableWorker`, `conflict` (the name is taken, too many).
    package func schedule(_ order: ScheduleOrder, as caller: Principal) async throws -> ScheduleRecord {
        guard (1...200).contains(order.name.utf8.count) else {
            throw SchedulerError.member(
                "/name",
                "must be text of 1 to 200 bytes, has \(order.name.utf8.count)"
            )
        }
        // Ten times what anybody writes; a list of a million numbers is read and kept for nothing.
        guard order.cron.utf8.count <= CronExpression.lengthLimit else {
            throw SchedulerError.member(
                "/cron",
                "has \(order.cron.utf8.count) bytes; \(CronExpression.lengthLimit) are allowed: write ranges and steps, as 0-59/5"
            )
        }
        let cron: CronExpression
        do { cron = try CronExpression(order.cron) } catch { throw SchedulerError(error) }
        guard let zone = TimeZoneRules(named: order.timezone) else {
            throw SchedulerError.member(
                "/timezone",
                "there is no time zone '\(order.timezone.prefix(60))'; write an IANA name such as Europe/Berlin"
            )
        }
        var submission = JobSubmission(scenario: order.scenario)
        submission.places = order.places
        let prepared = try await prepare(submission, by: caller, try await offering(caller.tenant))
        let now = writer.environment.now()
        let next = cron.next(after: now, in: zone)
        try Self.checkOrder(next, prepared.job.deadline, order.places)
        let schedule = ScheduleRecord(
            id: "s" + writer.environment.makeID(),
            tenant: caller.tenant,
            principal: caller.id,
            name: order.name,
            cron: order.cron,
            timezone: order.timezone,
            overlap: order.overlap,
            scenario: order.scenario,
            next: next,
            created: now
        )
        try await writer.write { transaction in
            if let other = try transaction.scheduleID(named: schedule.name, of: caller.tenant) {
                throw SchedulerError(
                    .conflict,
                    "Schedule \(other) has the name '\(schedule.name)' already; delete it first"
                )
            }
            guard try transaction.scheduleCount(of: caller.tenant) < Self.scheduleLimit else {
                throw SchedulerError(.conflict, "The tenant has \(Self.scheduleLimit) schedules already")
            }
            try transaction.save(schedule)
            try transaction.append(Self.entry("schedule.created", schedule, caller, at: now))
        }
        return schedule
    }

    /// The tenant's schedules, by name.
    ///
    /// - Throws: `SchedulerError`.
    package func schedules(for caller: Principal) async throws -> [ScheduleRecord] {
        try await writer.read { try $0.schedules(of: caller.tenant) }
    }

    /// One schedule.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func schedule(_ id: String, for caller: Principal) async throws -> ScheduleRecord {
        try await writer.read { try Self.schedule(id, caller, in: $0) }
    }

    /// Ends a schedule; jobs it submitted go on.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func deleteSchedule(_ id: String, as caller: Principal) async throws {
        let now = writer.environment.now()
        try await writer.write { transaction in
            let schedule = try Self.schedule(id, caller, in: transaction)
            try transaction.deleteSchedule(id)
            try transaction.append(Self.entry("schedule.deleted", schedule, caller, at: now))
        }
    }

    /// A deadline is one moment, the same for every turn.
    private static func checkOrder(_ next: Int64?, _ deadline: Int64?, _ places: SubmissionPlaces) throws {
        guard let next, let deadline, deadline <= next else { return }
        throw SchedulerError.member(
            places.place(of: "/deadline"),
            "the deadline \(RFC3339.format(deadline)) is not after the first turn at \(RFC3339.format(next)): no turn could "
                + "have a job; leave it out, and say 'timeout' of the scenario instead"
        )
    }

    private static func schedule(
        _ id: String,
        _ caller: Principal,
        in snapshot: any StoreSnapshot
    ) throws -> ScheduleRecord {
        guard let schedule = try snapshot.schedule(id), schedule.tenant == caller.tenant else {
            throw SchedulerError(.notFound, "There is no schedule \(id)")
        }
        return schedule
    }

    private static func entry(
        _ action: String,
        _ schedule: ScheduleRecord,
        _ caller: Principal,
        at now: Int64
    ) -> AuditEntry {
        AuditEntry(
            tenant: schedule.tenant,
            timestamp: now,
            actor: caller.id,
            action: action,
            job: nil,
            detail: [
                "schedule": .string(schedule.id), "name": .string(schedule.name), "cron": .string(schedule.cron),
                "timezone": .string(schedule.timezone),
            ]
        )
    }
}
