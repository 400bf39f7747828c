/// Writes that share one transaction.
///
/// Nearly all writes succeed, and those that are refused usually are before they change anything: so no savepoint is set, which
/// would have SQLite keep a copy of every page. A write that fails after it changed something spoils the batch; it is run again
/// with a savepoint a write, to take back that one alone.
struct SQLiteBatch {
    private struct Spoiled: Error {}

    private let units: [SQLiteWriter.Unit]

    init(_ units: [SQLiteWriter.Unit]) { self.units = units }

    /// Commits the units that succeed and answers every unit; throws, with no unit answered, when nothing was committed.
    func commit(to database: SQLiteDatabase) throws {
        do {
            try commit(to: database, perform)
        } catch is Spoiled {
            try commit(to: database, performWithSavepoint)
        }
    }

    private func commit(
        to database: SQLiteDatabase,
        _ perform: (SQLiteWriter.Unit, SQLiteDatabase) throws -> () -> Void
    ) throws {
        var answers: [() -> Void] = []
        do {
            try database.run("BEGIN IMMEDIATE")
            database.beginStretch()
            for unit in units { answers.append(try perform(unit, database)) }
            try database.run("COMMIT")
        } catch {
            if database.isInTransaction { _ = try? database.run("ROLLBACK") }
            throw error
        }
        for answer in answers { answer() }
    }

    /// Runs one unit; throws only when the whole transaction is lost.
    private func perform(_ unit: SQLiteWriter.Unit, in database: SQLiteDatabase) throws -> () -> Void {
        let changes = database.changes
        let transaction = SQLiteTransaction(database: database)
        do {
            return Self.answer(try unit.perform(transaction), transaction)
        } catch {
            // SQLITE_FULL and SQLITE_IOERR may roll back everything, with it the units before this one.
            guard database.isInTransaction else { throw error }
            guard database.changes == changes else { throw Spoiled() }
            return { unit.fail(error) }
        }
    }

    private func performWithSavepoint(_ unit: SQLiteWriter.Unit, in database: SQLiteDatabase) throws -> () -> Void {
        database.beginStretch()
        let transaction = SQLiteTransaction(database: database)
        try database.run("SAVEPOINT unit")
        do {
            let committed = try unit.perform(transaction)
            try database.run("RELEASE unit")
            return Self.answer(committed, transaction)
        } catch {
            guard database.isInTransaction else { throw error }
            try database.run("ROLLBACK TO unit")
            try database.run("RELEASE unit")
            return { unit.fail(error) }
        }
    }

    private static func answer(_ committed: @escaping () -> Void, _ transaction: SQLiteTransaction) -> () -> Void {
        let hooks = transaction.commitHooks
        return {
            for hook in hooks { hook() }
            committed()
        }
    }
}
