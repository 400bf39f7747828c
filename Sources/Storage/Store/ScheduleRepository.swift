package import JobModel

/// Finding schedules.
package protocol ScheduleReading {
    /// A tenant's schedules by name.
    func schedules(of tenant: TenantID) throws -> [ScheduleRecord]
    /// How many schedules a tenant has.
    func scheduleCount(of tenant: TenantID) throws -> Int
    /// Which of a tenant's schedules has the name, or nil.
    func scheduleID(named name: String, of tenant: TenantID) throws -> String?
    /// One schedule, or nil.
    func schedule(_ id: String) throws -> ScheduleRecord?
    /// Schedules of any tenant whose turn has come, or waits for a job to end.
    func dueSchedules(at time: Int64, limit: Int) throws -> [ScheduleRecord]
}

/// Changing schedules.
package protocol ScheduleWriting {
    /// Adds a schedule, or replaces the one of that id.
    func save(_ schedule: ScheduleRecord) throws
    /// Removes a schedule; its jobs stay.
    func deleteSchedule(_ id: String) throws
}
