import Executors
import HTTPServer
import InteractiveSessions
import JobModel
import JobWorker
import SchedulerAPI
import Security
import Storage
import Telemetry
import Threads

/// Sessions of this process, as the API wants them; with a directory of their own.
final class SessionDesk: SessionService {
    private let hall: SessionHall
    private let directory: WorkDirectory

    /// - Throws: `HostError` when the directory cannot be made.
    init(
        _ configuration: Configuration,
        shop: WorkShop,
        store: any Store,
        clock: WorkerClock,
        in base: String,
        log: any LogSink
    ) async throws {
        do {
            let name = "sessions-\(WorkShop.processID())"
            directory = try await JobWorkspace.sharedThread.run { try WorkDirectory.claim(name, in: base) }
        } catch {
            throw HostError(.unavailable, "\(error)")
        }
        var services = SessionServices(
            registry: shop.registry,
            secrets: shop.secrets,
            clock: clock,
            directory: directory.path,
            audit: { entries in
                try await store.write { transaction in for entry in entries { try transaction.append(entry) } }
            },
            logSink: log
        )
        services.policies = shop.guards.policies
        var limits = SessionLimits()
        limits.idle = configuration.duration(.sessionIdle)
        limits.maximumAge = configuration.duration(.sessionLifetime)
        limits.requests = configuration.count(.sessionRequests)
        limits.messageBytes = configuration.count(.sessionMessage)
        hall = SessionHall(
            services,
            limits: SessionHallLimits(
                sessions: configuration.count(.sessions),
                sessionsPerKey: configuration.count(.sessionsPerKey),
                session: limits
            )
        )
    }

    func refusal(of caller: Principal) -> (code: String, message: String)? {
        hall.refusal(of: caller).map { ($0.code.rawValue, $0.message) }
    }

    func serve(
        _ upgraded: UpgradedConnection,
        for caller: Principal,
        isKeyValid: @escaping @Sendable () async -> Bool
    ) async {
        await hall.serve(upgraded, for: caller, isKeyValid: isKeyValid)
    }

    func file(
        _ name: String,
        of session: String,
        for caller: Principal
    ) async throws -> (artifact: Artifact, path: String)? {
        do {
            return try await hall.file(name, of: session, for: caller)
        } catch is StepFailure {
            return nil
        }
    }

    /// Ends every session; what runs may end within a moment.
    func drain() async { await hall.drain() }

    /// Removes what is left; after `drain`.
    func close() async {
        _ = try? await JobWorkspace.sharedThread.run { [directory] in directory.remove() }
    }
}
