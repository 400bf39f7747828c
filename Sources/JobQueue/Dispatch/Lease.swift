package import JobModel

/// A claimed job: who holds it under which epoch.
package struct Lease: Sendable, Hashable {
    package var job: JobID
    package var tenant: TenantID
    package var worker: WorkerID
    package var epoch: Epoch

    /// A lease.
    package init(job: JobID, tenant: TenantID, worker: WorkerID, epoch: Epoch) {
        self.job = job
        self.tenant = tenant
        self.worker = worker
        self.epoch = epoch
    }

    /// Tenant and worker say nothing more: no job has two leases of one epoch.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(job)
        hasher.combine(epoch)
    }
}
