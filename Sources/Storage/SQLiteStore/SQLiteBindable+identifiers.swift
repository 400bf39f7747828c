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
