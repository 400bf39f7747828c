package import JSON
package import JobModel

/// Jobs that come again and again, as they are stored.
package struct ScheduleRecord: Hashable, Sendable {
    /// What becomes of a turn while the job of an earlier one has not ended.
    package enum Overlap: String, Sendable, CaseIterable {
        /// It is left out.
        case skip
        /// It waits until that job has ended; of several only one.
        case queue
        /// That job is cancelled.
        case cancel
    }

    /// Names it.
    package var id: String
    /// Whose it is.
    package var tenant: TenantID
    /// Who made it: the id of an API key, `cli`.
    package var principal: String
    /// For people; one of a tenant's schedules has it.
    package var name: String
    /// Five fields, as in crontab.
    package var cron: String
    /// IANA name of the zone whose clocks count.
    package var timezone: String
    /// What becomes of a turn that comes too early.
    package var overlap: Overlap
    /// The scenario, with the variables of the submission.
    package var scenario: JSONObject
    /// The next turn, milliseconds since 1970; nil when there is none.
    package var next: Int64?
    /// The turn before.
    package var last: Int64?
    /// The job of the last turn that had one.
    package var job: JobID?
    /// Whether a turn waits for that job to end.
    package var isQueued: Bool
    /// Why the last turn had no job; nil when it had.
    package var problem: String?
    /// Milliseconds since 1970.
    package var created: Int64

    /// A schedule that had no turn yet.
    package init(
        id: String,
        tenant: TenantID,
        principal: String,
        name: String,
        cron: String,
        timezone: String,
        overlap: Overlap,
        scenario: JSONObject,
        next: Int64?,
        created: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.principal = principal
        self.name = name
        self.cron = cron
        self.timezone = timezone
        self.overlap = overlap
        self.scenario = scenario
        self.next = next
        self.created = created
        isQueued = false
    }
}
