package import JobModel

/// The truth: everything durable, behind repositories.
///
/// A write is one transaction: all of it is kept and synced when `write` returns, or nothing when it throws.
package protocol Store: Sendable {
    /// Runs `body` in a transaction.
    ///
    /// `body` may run twice when a commit failed; it changes nothing but the store.
    /// - Throws: `StorageError`, and what `body` throws.
    func write<R: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> R) async throws -> R

    /// Runs queries against one consistent, committed state.
    ///
    /// - Throws: `StorageError`, and what `body` throws.
    func read<R: Sendable>(_ body: @escaping @Sendable (any StoreSnapshot) throws -> R) async throws -> R

    /// Whether writes are taken now, as far as is known; does not wait for the disk, and may be asked often.
    ///
    /// - Parameter isTrying: for who does not write: says that the store is elsewhere, which a write finds by itself, and how the
    ///   last write ended, and tries one that changes nothing, for the next who asks. Without it only a store that hangs is
    ///   noticed.
    /// - Throws: `StorageError` with the reason.
    func check(isTrying: Bool) throws

    /// Stays the same for as long as nothing changed in a job's row, its steps or its files: what was read of them after this
    /// was asked is still so then.
    ///
    /// It says so before the `write` that changed something returns.
    func changes(of job: JobID) -> Int

    /// Moves what was committed from the log into the database and empties the log: what was written over is gone then.
    ///
    /// Best effort: a long read keeps the log for now.
    func checkpoint() async

    /// Lets waiting writes finish and closes.
    func close() async
}

/// Everything that can be read; valid only during the closure it is given to.
package protocol StoreSnapshot:
    JobReading, TaskReading, EventReading, MessageReading, AuditReading, OutboxReading, ArtifactReading, APIKeyReading,
    PolicyReading, RetentionReading, ScheduleReading, WebhookReading, AgentReading, ErasureReading
{}

/// Everything that can be read and written; valid only during the closure it is given to.
package protocol StoreTransaction:
    StoreSnapshot, JobWriting, TaskWriting, EventWriting, MessageWriting, AuditWriting, OutboxWriting,
    ArtifactWriting, APIKeyWriting, PolicyWriting, RetentionWriting, ScheduleWriting,
    WebhookWriting, AgentWriting, ErasureWriting
{
    /// Runs `hook` right after the commit, in commit order, on a thread that must not be held up.
    func afterCommit(_ hook: @escaping @Sendable () -> Void)
}
