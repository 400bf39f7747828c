import BrowserAutomation
import Executors

/// The browser pool as the browser executor knows it.
struct PoolContexts: BrowserContextSource {
    let pool: BrowserPool

    func lease(_ options: PageOptions, dialogPolicy: DialogPolicy, job: String) async throws -> BrowserLease {
        let lease = try await pool.lease(options, dialogPolicy: dialogPolicy)
        return BrowserLease(context: lease.context, page: lease.page) { [pool] in await pool.giveBack(lease) }
    }
}
