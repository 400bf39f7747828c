import EventLoops
import Security
import WebSockets

/// What ends a watcher that is well: its age, and its key when that is good no more.
///
/// One timer, not two tasks that sleep: thousands watch.
actor WatchBounds {
    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let connection: WebSocketServerConnection
    private let key: String?
    private let server: APIServer
    private let end: ContinuousClock.Instant
    private var timer: LoopDeadline?

    /// - Parameter loop: the connection's.
    init(_ connection: WebSocketServerConnection, on loop: EventLoop, key: String?, _ server: APIServer) {
        self.connection = connection
        self.loop = loop
        self.key = key
        self.server = server
        // Watchers that came together must not come back together.
        end = .now + server.settings.watchMaximumAge * Double.random(in: 0.9...1)
    }

    func start() {
        timer = LoopDeadline(on: loop) { [weak self] in self?.assumeIsolated { $0.timerFired() } }
        setTimer()
    }

    func stop() {
        timer?.close()
        timer = nil
    }

    private func setTimer() {
        timer?.set(after: max(.zero, min(server.settings.keyCheckInterval, end - .now)))
    }

    private func timerFired() {
        guard .now < end else {
            return connection.assumeIsolated {
                $0.close(code: CloseCode.maximumAge.rawValue, reason: "come back with your last seq")
            }
        }
        // Not structured: a timer has no task to be a child of.
        Task { await self.checkKey() }
    }

    /// Ends when the key is revoked while the watcher is connected.
    private func checkKey() async {
        do {
            _ = try await server.doorkeeper.authenticate(key)
        } catch let error as SecurityError where error.isRefusal {
            await connection.close(code: CloseCode.keyInvalid.rawValue, reason: "key", afterQueue: false)
        } catch {
            // The store or the identity provider does not answer: that says nothing about the key.
        }
        setTimer()
    }
}
