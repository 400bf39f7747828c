/// Where a job stands in the index, and what keeps it from being given out.
package struct DispatchStanding: Sendable, Hashable {
    /// As in the diagram of docs/dispatch.md.
    package enum State: Sendable, Hashable {
        case ready
        /// Until milliseconds since 1970.
        case delayed(until: Int64)
        case leased
        case lost
    }

    /// What holds its tenant, or all, up.
    package enum Block: Sendable, Hashable {
        case queuePaused
        case tenantPaused
        /// As many leases as the tenant may have.
        case concurrency(limit: Int)
        /// The tenant's next start may be then, milliseconds since 1970.
        case rate(until: Int64)
    }

    /// Where it stands.
    package var state: State
    /// Jobs of its tenant that come before it.
    package var ahead: Int
    /// What holds it up.
    package var blocks: [Block]
    /// When a worker that offers all it needs last asked for a job, milliseconds since 1970; nil when none is remembered.
    package var lastOffer: Int64?
}
