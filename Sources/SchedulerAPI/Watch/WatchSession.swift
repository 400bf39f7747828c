import EventLoops
import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Synchronization
import Telemetry
import WebSockets

/// One watcher: hello, what it missed, then what happens, to the end.
///
/// Events are pulled from the scheduler only when the watcher takes them, so a slow one costs one bounded queue; when that
/// does not drain in time the connection is closed with the position to come back with. Nobody waits for a watcher.
struct WatchSession: Sendable {
    private let server: APIServer
    private let job: JobID
    private let caller: Principal
    private let request: String
    private let key: String?
    private let since: Int64

    private var settings: APISettings { server.settings }
    private var logger: Logger {
        server.logger.with("request", request).with("tenant", caller.tenant.rawValue).with("job", job.rawValue)
    }

    init(_ call: APICall, since: Int64, key: String?) {
        server = call.server
        job = call.job
        caller = call.caller
        request = call.id
        self.since = since
        self.key = key
    }

    /// Serves the watcher until it or the job is gone.
    func run(on upgraded: UpgradedConnection) async {
        let listener = Listener()
        let connection = WebSocketServerConnection(
            upgraded.connection,
            leftover: upgraded.leftover,
            limits: limits,
            handler: listener
        )
        // Not structured: it ends with the connection, wherever that is closed.
        let events = Task(executorPreference: upgraded.connection.loop) { await sendEvents(to: connection) }
        listener.events.withLock { $0 = events }
        await connection.start()
        let bounds = WatchBounds(connection, on: upgraded.connection.loop, key: key, server)
        await bounds.start()
        await withTaskCancellationHandler {
            await events.value
        } onCancel: {
            events.cancel()
        }
        await bounds.stop()
        if Task.isCancelled { await connection.close(code: 1001, reason: "going away", afterQueue: false) }
        await connection.closed()
        logger.debug("A watcher has gone")
    }

    private var limits: WebSocketServerLimits {
        var limits = WebSocketServerLimits()
        limits.messageBytes = 4096
        limits.queuedBytes = 2 * settings.watchQueue
        limits.pingInterval = settings.pingInterval
        limits.pongTimeoutCode = CloseCode.noPong.rawValue
        return limits
    }

    /// Takes what the watcher says, nothing that matters yet, and hears when it has gone.
    private final class Listener: WebSocketHandler, Sendable {
        let events = Mutex<Task<Void, Never>?>(nil)

        func webSocketDidReceive(_ message: [UInt8], isText: Bool) {}
        func webSocketDidClose(code: UInt16, reason: String) { events.withLock { $0?.cancel() } }
    }

    // MARK: Events

    private func sendEvents(to connection: WebSocketServerConnection) async {
        var position = WatchPosition(since: since)
        let (code, reason): (CloseCode, String)
        do {
            for try await element in server.scheduler.watch(job, since: since, for: caller) {
                try await send(&position, element, to: connection)
                if await connection.queuedBytes == 0 { position.delivered = position.last }
            }
            (code, reason) = position.hasEnded ? (.ended, "end") : (.shutdown, position.resumption)
        } catch let error as SchedulerError {
            switch error.code {
            case .notFound: (code, reason) = (.notFound, "not found")
            case .overloaded: (code, reason) = (.overloaded, "too many watchers")
            default: (code, reason) = (.failed, position.resumption)
            }
        } catch let error as WebSocketError where error.code == .queueFull {
            logger.debug("A watcher is too slow", ["position": "\(position.delivered)"])
            return await connection.close(code: CloseCode.slow.rawValue, reason: position.resumption, afterQueue: false)
        } catch is CancellationError {
            (code, reason) = (.shutdown, position.resumption)
        } catch {
            // The watcher closed.
            return
        }
        await connection.close(code: code.rawValue, reason: reason)
    }

    private func send(
        _ position: inout WatchPosition,
        _ element: JobWatch.Element,
        to connection: WebSocketServerConnection
    ) async throws {
        for message in position.take(element, heartbeat: settings.pingInterval, age: settings.watchMaximumAge) {
            try await send(message, to: connection)
        }
    }

    private func send(_ message: JSONObject, to connection: WebSocketServerConnection) async throws {
        if await connection.queuedBytes >= settings.watchQueue {
            guard await connection.drained(within: settings.slowWatcherTimeout) else {
                throw WebSocketError(code: .queueFull, message: "The watcher does not read")
            }
        }
        try await connection.send(message.serialized())
    }
}
