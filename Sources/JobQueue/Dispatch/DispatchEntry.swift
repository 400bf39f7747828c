package import JobModel

/// What the index knows of a job.
package struct DispatchEntry: Sendable, Hashable {
    /// The job.
    package var job: JobID
    /// Its tenant.
    package var tenant: TenantID
    /// Higher runs first; ages, so nothing starves. -100…100, default 0.
    package var priority: Int
    /// Milliseconds since 1970 before which it is not claimable; nil for now.
    package var notBefore: Int64?
    /// Epochs given out must be above this: SQL's epoch of the job.
    package var epochFloor: Epoch
    /// Actions a worker must offer.
    package var needs: Set<String>

    /// An entry.
    package init(
        job: JobID,
        tenant: TenantID,
        priority: Int = 0,
        notBefore: Int64? = nil,
        epochFloor: Epoch,
        needs: Set<String> = []
    ) {
        self.job = job
        self.tenant = tenant
        self.priority = priority
        self.notBefore = notBefore
        self.epochFloor = epochFloor
        self.needs = needs
    }

    /// Whether it waits under the same terms as another.
    func hasTerms(of other: DispatchEntry) -> Bool {
        tenant == other.tenant && priority == other.priority && notBefore == other.notBefore
            && epochFloor == other.epochFloor && needs == other.needs
    }
}
