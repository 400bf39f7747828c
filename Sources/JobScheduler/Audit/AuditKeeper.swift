import JSON
import JobModel
import Storage
import Telemetry

/// How long the audit is kept; nil for ever.
package struct AuditRetention: Hashable, Sendable {
    /// What jobs, workers and agents did.
    package var operation: Duration?
    /// What people did to the installation.
    package var administration: Duration?
    /// What is personal in either.
    package var personal: Duration?

    /// Keeps everything.
    package init() {}
}

/// Signs the heads of the audit chains, and takes out of them what was kept long enough.
struct AuditKeeper: Sendable {
    private static let batch = 1_000

    let writer: JobWriter
    /// Nil when nothing is signed.
    let checkpoints: AuditCheckpointFile?
    let interval: Duration
    let retention: AuditRetention
    let logger: Logger

    /// Signs and cleans until cancelled, and signs once more then.
    func run() async {
        var isIndexed = retention.operation == nil && retention.administration == nil
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            do {
                if !isIndexed { try await writer.write { try $0.indexAuditByAge() } }
                isIndexed = true
                while try await clean() { await Task.yield() }
                try await sign()
            } catch {
                logger.warning("The audit could not be signed or cleaned up", ["error": "\(error)"])
            }
        }
    }

    /// Signs the heads that moved.
    func sign() async throws {
        guard let checkpoints else { return }
        let heads = try await writer.read { try $0.auditHeads() }
        try await checkpoints.add(heads, at: writer.environment.now())
    }

    /// Takes out one batch of each class.
    ///
    /// - Returns: whether there may be more.
    func clean() async throws -> Bool {
        let now = writer.environment.now()
        var hasMore = false
        for (auditClass, age) in [
            (AuditClass.operation, retention.operation), (.administration, retention.administration),
        ] {
            guard let age else { continue }
            let pruned = try await writer.write {
                try $0.pruneAudit(auditClass, before: now - age.milliseconds, at: now, limit: Self.batch)
            }
            hasMore = hasMore || pruned.values.map(\.count).reduce(0, +) == Self.batch
        }
        guard let age = retention.personal else { return hasMore }
        let destroyed = try await writer.write { transaction in
            let tenants = try transaction.destroyAuditKeys(
                madeBefore: now - age.milliseconds,
                at: now,
                limit: Self.batch
            )
            for tenant in Set(tenants) {
                let keys = tenants.count { $0 == tenant }
                try transaction.append(
                    AuditEntry(
                        tenant: tenant,
                        timestamp: now,
                        actor: "retention",
                        action: "audit.personal_expired",
                        job: nil,
                        detail: ["keys": JSONValue(keys)]
                    )
                )
            }
            return tenants.count
        }
        if destroyed > 0 { await writer.store.checkpoint() }
        return hasMore || destroyed == Self.batch
    }
}
