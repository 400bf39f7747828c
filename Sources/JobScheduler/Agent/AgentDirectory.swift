import JobModel
import Storage
import Synchronization

/// Which actions agents offer beside those of workers; asked at every submission, so it is remembered.
final class AgentDirectory: Sendable {
    private let known = Mutex<[TenantID: Set<Action>]?>(nil)

    /// An agent came, changed or left.
    func forget() { known.withLock { $0 = nil } }

    /// Actions some agent of the tenant can do.
    func actions(of tenant: TenantID, _ writer: JobWriter) async throws -> Set<Action> {
        if let known = known.withLock({ $0 }) { return known[tenant] ?? [] }
        let offered = try await writer.read { try $0.offeredCapabilities() }
        let actions = offered.mapValues { Set($0.compactMap(Action.init(rawValue:))) }
        known.withLock { $0 = actions }
        return actions[tenant] ?? []
    }

    /// A configuration with what the tenant's agents offer beside workers.
    func offering(
        _ tenant: TenantID,
        beside configuration: SchedulerConfiguration,
        _ writer: JobWriter
    ) async throws -> SchedulerConfiguration {
        var configuration = configuration
        configuration.offeredActions.formUnion(try await actions(of: tenant, writer))
        return configuration
    }
}
