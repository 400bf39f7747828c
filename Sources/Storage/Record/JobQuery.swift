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
