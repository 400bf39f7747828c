/// Writes that share one transaction.
struct SQLiteBatch {
    private let units: [SQLiteWriter.Unit]

    init(_ units: [SQLiteWriter.Unit]) { self.units = units }

    /// Commits the units that succeed and answers every unit; throws, with no unit answered, when nothing was committed.
    func commit(to database: SQLiteDatabase) throws {
        var answers: [() -> Void] = []
        do {
            try database.run("BEGIN IMMEDIATE")
            for unit in units { answers.append(try perform(unit, in: database)) }
            try database.run("COMMIT")
        } catch {
            if database.isInTransaction { _ = try? database.run("ROLLBACK") }
            throw error
        }
        for answer in answers { answer() }
    }

    /// Runs one unit; throws only when the whole transaction is lost.
    private func perform(_ unit: SQLiteWriter.Unit, in database: SQLiteDatabase) throws -> () -> Void {
        let transaction = SQLiteTransaction(database: database)
        try database.run("SAVEPOINT unit")
        do {
            let committed = try unit.perform(transaction)
            try database.run("RELEASE unit")
            let hooks = transaction.commitHooks
            return {
                for hook in hooks { hook() }
                committed()
            }
        } catch {
            // SQLITE_FULL and SQLITE_IOERR may roll back everything, with it the units before this one.
            guard database.isInTransaction else { throw error }
            try database.run("ROLLBACK TO unit")
            try database.run("RELEASE unit")
            return { unit.fail(error) }
        }
    }
}
