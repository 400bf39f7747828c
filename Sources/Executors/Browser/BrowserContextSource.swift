package import BrowserAutomation

/// Where browser contexts come from.
package protocol BrowserContextSource: Sendable {
    /// A context of the job's own, with nothing of others in it.
    ///
    /// - Throws: `BrowserError`, `CancellationError`.
    func lease(_ options: PageOptions, dialogPolicy: DialogPolicy, owner: NetworkOwner) async throws -> BrowserLease
}

/// A context lent to one job.
package struct BrowserLease: Sendable {
    /// The context.
    package var context: BrowserContext
    /// Its page that is open already, when there is one.
    package var page: PageSession?
    /// Gives it back; called exactly once.
    package var giveBack: @Sendable () async -> Void

    /// A lease.
    package init(context: BrowserContext, page: PageSession?, giveBack: @escaping @Sendable () async -> Void) {
        self.context = context
        self.page = page
        self.giveBack = giveBack
    }
}
