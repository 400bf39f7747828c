package import JobModel

/// Which jobs to list, newest first.
package struct JobQuery: Hashable, Sendable {
    /// Whose jobs.
    package var tenant: TenantID
    /// Only in these states; empty for all.
    package var states: Set<JobState>
    /// Only older than this job: the last of the page before.
    package var after: JobID?
    /// Rows to leave out first; `after` scales, this does not.
    package var offset: Int
    /// Rows at most; 1…500.
    package var limit: Int

    /// Only jobs that ended without success, by how they ended; `states` and `offset` do not count then.
    package var ended: Ended?

    /// How a job ended without success.
    package struct Ended: Hashable, Sendable {
        /// `failed`, `dead`, or both.
        package var states: Set<JobState>
        /// Only for these reasons; empty for all.
        package var reasons: Set<ReasonCode>
        package var intent: String?
        package var name: String?
        /// Milliseconds since 1970.
        package var after: Int64?
        /// Milliseconds since 1970, itself included.
        package var before: Int64?

        /// How it ended.
        package init(
            states: Set<JobState>,
            reasons: Set<ReasonCode>,
            intent: String?,
            name: String?,
            after: Int64?,
            before: Int64?
        ) {
            self.states = states
            self.reasons = reasons
            self.intent = intent
            self.name = name
            self.after = after
            self.before = before
        }
    }

    /// A query.
    package init(
        tenant: TenantID,
        states: Set<JobState> = [],
        after: JobID? = nil,
        offset: Int = 0,
        limit: Int = 50
    ) {
        self.tenant = tenant
        self.states = states
        self.after = after
        self.offset = max(0, offset)
        self.limit = min(max(1, limit), 500)
    }
}
