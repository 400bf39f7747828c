/// A unit of writing: all of it is kept, or nothing.
///
/// Valid only during the closure it is given to, on the writer's thread.
package final class SQLiteTransaction {
    /// Where to read and write.
    package let database: SQLiteDatabase
    private(set) var commitHooks: [() -> Void] = []

    init(database: SQLiteDatabase) { self.database = database }

    /// Runs `hook` right after the commit, on the writer's thread, in commit order; not at all when there is none.
    ///
    /// A hook must not block: the next transaction waits for it.
    package func afterCommit(_ hook: @escaping () -> Void) { commitHooks.append(hook) }
}
