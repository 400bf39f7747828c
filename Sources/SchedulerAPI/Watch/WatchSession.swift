import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Telemetry
import WebSockets

/// One watcher: hello, what it missed, then what happens, to the end.
///
/// Events are pulled from the scheduler only when the watcher takes them, so a slow one costs one bounded queue; when that
/// does not drain in time the connection is closed with the position to come back with. Nobody waits for a watcher.
struct WatchSession: Sendable {
    /// Takes what the watcher says: nothing that matters yet.
    private struct Listener: WebSocketHandler {
        func webSocketDidReceive(_ message: [UInt8], isText: Bool) {}
        func webSocketDidClose(code: UInt16, reason: String) {}
    }

    private let scheduler: Scheduler
    private let doorkeeper: Doorkeeper
    private let settings: APISettings
    private let job: JobID
    private let caller: Principal
    private let key: String?
    private let since: Int64
    private let logger: Logger

    init(_ call: APICall, since: Int64, key: String?) {
        scheduler = call.scheduler
        doorkeeper = call.server.doorkeeper
        settings = call.server.settings
        job = call.job
        caller = call.caller
        self.since = since
        self.key = key
        logger = call.logger.with("job", call.job.rawValue)
    }

    /// Serves the watcher until it or the job is gone.
    func run(on upgraded: UpgradedConnection) async {
        var limits = WebSocketServerLimits()
        limits.messageBytes = 4096
        limits.queuedBytes = 2 * settings.watchQueue
        limits.pingInterval = settings.pingInterval
        limits.pongTimeoutCode = CloseCode.noPong.rawValue
        let connection = WebSocketServerConnection(
            upgraded.connection,
            leftover: upgraded.leftover,
            limits: limits,
            handler: Listener()
        )
        await connection.start()
        await withTaskGroup { group in
            group.addTask { await self.sendEvents(to: connection) }
            group.addTask { await connection.closed() }
            group.addTask { await self.endByAge(connection) }
            group.addTask { await self.checkKey(connection) }
            // Each of them ends only when the connection is closing, or the task is cancelled.
            await group.next()
            group.cancelAll()
            if Task.isCancelled { await connection.close(code: 1001, reason: "going away", afterQueue: false) }
        }
        await connection.closed()
        logger.debug("A watcher has gone")
    }

    // MARK: Events

    private func sendEvents(to connection: WebSocketServerConnection) async {
        var position = WatchPosition(since: since)
        let (code, reason): (CloseCode, String)
        do {
            for try await element in scheduler.watch(job, since: since, for: caller) {
                for message in position.take(element, heartbeat: settings.pingInterval, age: settings.watchMaximumAge) {
                    try await send(message, to: connection)
                }
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

    private func send(_ message: JSONObject, to connection: WebSocketServerConnection) async throws {
        if await connection.queuedBytes >= settings.watchQueue {
            guard await connection.drained(within: settings.slowWatcherTimeout) else {
                throw WebSocketError(code: .queueFull, message: "The watcher does not read")
            }
        }
        try await connection.send(message.serialized())
    }

    // MARK: Limits

    private func endByAge(_ connection: WebSocketServerConnection) async {
        // Watchers that came together must not come back together.
        let jitter = Double.random(in: 0.9...1)
        guard (try? await Task.sleep(for: settings.watchMaximumAge * jitter)) != nil else { return }
        await connection.close(code: CloseCode.maximumAge.rawValue, reason: "come back with your last seq")
    }

    /// Ends when the key is revoked while the watcher is connected.
    private func checkKey(_ connection: WebSocketServerConnection) async {
        while (try? await Task.sleep(for: settings.keyCheckInterval)) != nil {
            do {
                _ = try await doorkeeper.authenticate(key)
            } catch is SecurityError {
                await connection.close(code: CloseCode.keyInvalid.rawValue, reason: "key", afterQueue: false)
                return
            } catch {
                // The store does not answer: that says nothing about the key.
                continue
            }
        }
    }
}
