package import JobModel
package import SQLite

extension StringIdentifier {
    package var sqliteValue: SQLiteValue { .text(rawValue) }
}

extension JobID: SQLiteBindable {}
extension TenantID: SQLiteBindable {}
extension WorkerID: SQLiteBindable {}
extension StepID: SQLiteBindable {}
extension MessageID: SQLiteBindable {}
extension AgentID: SQLiteBindable {}
extension ConversationID: SQLiteBindable {}

extension Epoch: SQLiteBindable {
    package var sqliteValue: SQLiteValue { .integer(rawValue) }
}

extension SQLiteValues {
    /// An identifier.
    mutating func add(_ identifier: some StringIdentifier) { add(identifier.rawValue) }

    /// An identifier, or NULL.
    mutating func add(_ identifier: (some StringIdentifier)?) { add(identifier?.rawValue) }

    /// An epoch.
    mutating func add(_ epoch: Epoch) { add(epoch.rawValue) }
}
