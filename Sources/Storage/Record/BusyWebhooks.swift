package import JobModel

/// Webhook calls that are not to be begun now.
package struct BusyWebhooks: Hashable, Sendable {
    /// Ids of calls that are being made.
    package var calls: Set<String>
    /// Tenants that have as many calls under way as they may.
    package var tenants: Set<TenantID>

    /// Nothing is busy unless it is said.
    package init(calls: Set<String> = [], tenants: Set<TenantID> = []) {
        self.calls = calls
        self.tenants = tenants
    }
}
