/// A name that only one job of a tenant has while it has not ended.
package struct UniqueKey: Hashable, Sendable {
    /// What becomes of a submission whose name is taken.
    package enum Conflict: String, Sendable, CaseIterable {
        /// It is refused.
        case reject
        /// It takes the place of a job that still waits; one that runs refuses it.
        case replace
        /// The job that has the name is the answer.
        case existing
    }

    /// 1 to 200 bytes.
    package var key: String
    /// What becomes of a submission whose name is taken.
    package var conflict: Conflict

    /// A key.
    package init(_ key: String, conflict: Conflict = .reject) {
        self.key = key
        self.conflict = conflict
    }
}
