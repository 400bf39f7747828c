package import BrowserAutomation

/// In service, contexts come warm from the pool.
extension BrowserPool: BrowserContextSource {
    package func lease(
        _ options: PageOptions,
        dialogPolicy: DialogPolicy,
        owner: NetworkOwner
    ) async throws -> BrowserLease {
        let lease: Lease = try await self.lease(options, dialogPolicy: dialogPolicy, owner: owner)
        return BrowserLease(context: lease.context, page: lease.page) { await self.giveBack(lease) }
    }
}
