import JSON
import JobModel

extension MessageID {
    /// What the ids of the scheduler's own messages begin with. Nobody else may use one: who has the id of a message first
    /// would keep it from being stored.
    static let schedulerPrefix = "scheduler:"

    /// The id of a message of the scheduler.
    init(ofScheduler name: String) { self.init(Self.schedulerPrefix + name) }
}

extension LAMMessage {
    /// Refuses an id that only the scheduler may give.
    ///
    /// - Throws: `SchedulerError` with `invalidInput`.
    func checkID() throws {
        guard id.rawValue.hasPrefix(MessageID.schedulerPrefix) else { return }
        throw SchedulerError.member(
            "/id",
            "is '\(id.rawValue.prefix(80))': ids that begin with '\(MessageID.schedulerPrefix)' are the scheduler's own; take another, such "
                + "as a UUID"
        )
    }
}
