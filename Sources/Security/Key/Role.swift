/// What a caller may do at most; each role may do what those before it may.
package enum Role: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Looks at jobs, files and the audit.
    case viewer
    /// Submits and steers jobs, works as a worker, drives browsers.
    case `operator`
    /// Decides what waits for a human.
    case approver
    /// Keys, limits, pauses, backups.
    case admin

    package static func < (lhs: Role, rhs: Role) -> Bool { lhs.rank < rhs.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
