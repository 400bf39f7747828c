import EventLoops
import JSON
import JobModel
import JobWorker
import Security
import Storage

/// Writes what a session did to the audit chain: in order, several at once, never dropped.
///
/// Nobody waits for the disk while there is room; who comes when `limit` entries wait does. A chain that cannot be written ends
/// the session: nothing is done that is not on record. Lives on the session's loop.
actor AuditTrail {
    static let limit = 64

    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let session: SessionID
    private let caller: Principal
    private let services: SessionServices
    private let failed: @Sendable () -> Void
    private var waiting: [AuditEntry] = []
    private var writing: Task<Void, Never>?
    private var hasFailed = false

    /// - Parameter failed: called once, when the chain cannot be written.
    init(
        _ session: SessionID,
        of caller: Principal,
        services: SessionServices,
        on loop: EventLoop,
        failed: @escaping @Sendable () -> Void
    ) {
        self.session = session
        self.caller = caller
        self.services = services
        self.loop = loop
        self.failed = failed
    }

    /// Adds an entry; its detail must be redacted.
    func add(_ action: String, _ detail: JSONObject = [:]) async {
        var detail = detail
        detail["session"] = .string(session.rawValue)
        waiting.append(
            AuditEntry(
                tenant: caller.tenant,
                timestamp: services.clock.wall(),
                actor: caller.id,
                action: action,
                job: nil,
                detail: detail
            )
        )
        if writing == nil {
            // Not structured: the session goes on meanwhile; `flush` waits for it.
            writing = Task { await self.write() }
        }
        while waiting.count > Self.limit, let writing { await writing.value }
    }

    /// Returns when everything is written, or cannot be.
    func flush() async {
        while let writing { await writing.value }
    }

    private func write() async {
        while !waiting.isEmpty {
            let entries = waiting
            waiting = []
            do {
                try await services.audit(entries)
            } catch {
                if !hasFailed { failed() }
                hasFailed = true
            }
        }
        writing = nil
    }
}
