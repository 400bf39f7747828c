package import EventLoops
package import Telemetry

/// Listens to channels over a connection of its own and subscribes again when it was lost.
///
/// Redis keeps nothing for those who are away: what is published while the connection is down is missed.
package actor RedisSubscriber {
    private nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private nonisolated let address: RedisAddress
    private let options: RedisOptions
    private let logger: Logger
    private var listeners: [String: [UInt64: AsyncStream<[UInt8]>.Continuation]] = [:]
    private var confirmed: Set<String> = []
    private var waiting: [UInt64: (channel: String, continuation: CheckedContinuation<Void, any Error>)] = [:]
    private var context: HiredisContext?
    private var isConnected = false
    private var isClosed = false
    private var failures = 0
    private var generation = 0
    private var lastID: UInt64 = 0
    private var lastFailure: String?
    /// Whether it was said that Redis refuses; it is asked again all the same.
    private var isRefused = false
    private var attemptTimer: LoopTimer?

    /// A subscriber; nothing is opened until the first channel.
    package init(
        on loop: EventLoop,
        to address: RedisAddress,
        options: RedisOptions = RedisOptions(name: "cpa-subscriber"),
        logger: Logger = .silent
    ) {
        self.loop = loop
        self.address = address
        self.options = options
        self.logger = logger.with("redis", address.description)
    }

    /// Subscribes to a channel; what is published after the return arrives, as long as the connection holds.
    ///
    /// - Parameters:
    ///   - limit: messages kept for a slow reader; beyond it the oldest are dropped.
    ///   - deadline: limit for the confirmation, connecting included.
    package func messages(
        on channel: String,
        limit: Int = 1024,
        deadline: Duration = .seconds(5)
    ) async throws -> AsyncStream<[UInt8]> {
        guard !isClosed else { throw closedError() }
        lastID += 1
        let id = lastID
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingNewest(limit))
        continuation.onTermination = { [weak self] _ in
            self?.loop.execute { self?.assumeIsolated { $0.forget(id, channel) } }
        }
        let isNew = listeners[channel] == nil
        listeners[channel, default: [:]][id] = continuation
        if context == nil { connect() } else if isNew, isConnected { subscribe(channel) }
        do {
            try await waitForConfirmation(of: channel, id: id, deadline: deadline)
        } catch {
            continuation.finish()
            throw error
        }
        return stream
    }

    /// Ends every stream and the connection.
    package func close() {
        isClosed = true
        generation += 1
        attemptTimer?.cancel()
        attemptTimer = nil
        for continuation in listeners.values.flatMap(\.values) { continuation.finish() }
        listeners = [:]
        for (_, continuation) in waiting.values { continuation.resume(throwing: closedError()) }
        waiting = [:]
        let context = context
        self.context = nil
        context?.drop()
    }

    private func waitForConfirmation(of channel: String, id: UInt64, deadline: Duration) async throws {
        if confirmed.contains(channel) { return }
        let timer = loop.schedule(after: deadline) { [weak self] in
            self?.assumeIsolated { $0.failWaiting(id, $0.timeoutError(channel)) }
        }
        defer { timer.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if isClosed {
                    continuation.resume(throwing: closedError())
                } else if confirmed.contains(channel) {
                    continuation.resume()
                } else {
                    waiting[id] = (channel, continuation)
                }
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.failWaiting(id, CancellationError()) } }
        }
    }

    private func failWaiting(_ id: UInt64, _ error: any Error) {
        waiting.removeValue(forKey: id)?.continuation.resume(throwing: error)
    }

    /// The channel stays subscribed: a later listener comes for free, and an unwanted message costs next to nothing.
    private func forget(_ id: UInt64, _ channel: String) { listeners[channel]?[id] = nil }

    // MARK: Connection

    private func connect() {
        generation += 1
        let generation = generation
        // Not structured: the connection outlives whoever asked for the first channel.
        Task {
            var endpoint = address.endpoint
            do {
                if case .tcp(let host, let port) = endpoint, !HostLookup.isAddress(host) {
                    endpoint = .tcp(host: try await HostLookup.resolve(host, on: loop), port: port)
                }
                open(endpoint, generation)
            } catch {
                ended("\(error)", generation)
            }
        }
    }

    private func open(_ endpoint: RedisAddress.Endpoint, _ generation: Int) {
        guard generation == self.generation, !isClosed, context == nil else { return }
        attemptTimer = loop.schedule(after: options.attemptLimit) { [weak self] in
            self?.assumeIsolated { $0.giveUp(generation) }
        }
        let context = HiredisContext(
            to: endpoint,
            on: loop,
            events: .init(
                onConnect: { [weak self] in self?.assumeIsolated { $0.connected(generation) } },
                onEnd: { [weak self] reason in self?.assumeIsolated { $0.ended(reason, generation) } }
            )
        )
        self.context = context
        context.reportImmediateFailure()
    }

    private func giveUp(_ generation: Int) {
        guard generation == self.generation else { return }
        let context = context
        ended("it does not answer within \(options.attemptLimit)", generation)
        context?.drop()
    }

    private func connected(_ generation: Int) {
        guard generation == self.generation else { return }
        if let password = address.password {
            let words: [RedisArgument] =
                ["AUTH"] + (address.user.map { [RedisArgument($0)] } ?? []) + [RedisArgument(password)]
            context?.send(words) { [weak self] reply in
                guard case .error(let text) = reply else { return }
                self?.assumeIsolated { $0.lastFailure = text }
            }
        }
        context?.send(["CLIENT", "SETNAME", RedisArgument(options.name)]) { _ in }
        isConnected = true
        for channel in listeners.keys { subscribe(channel) }
    }

    private func subscribe(_ channel: String) {
        let generation = generation
        context?.subscribe(channel) { [weak self] reply in
            self?.assumeIsolated { $0.received(reply, on: channel, generation) }
        }
    }

    private func received(_ reply: RedisValue?, on channel: String, _ generation: Int) {
        guard generation == self.generation, let reply, let parts = reply.array, parts.count == 3 else { return }
        switch parts[0].text {
        case "subscribe":
            failures = 0
            isRefused = false
            attemptTimer?.cancel()
            attemptTimer = nil
            confirmed.insert(channel)
            for (id, entry) in waiting where entry.channel == channel {
                waiting[id] = nil
                entry.continuation.resume()
            }
        case "message":
            guard case .string(let bytes) = parts[2] else { return }
            for continuation in (listeners[channel] ?? [:]).values { continuation.yield(bytes) }
        default:
            break
        }
    }

    private func ended(_ reason: String, _ generation: Int) {
        guard generation == self.generation, !isClosed else { return }
        self.generation += 1
        let current = self.generation
        context = nil
        isConnected = false
        attemptTimer?.cancel()
        attemptTimer = nil
        if !confirmed.isEmpty { logger.warning("Redis subscription lost", ["reason": reason]) }
        if !isRefused, RedisError.isRefusal(reason) {
            logger.warning("Redis refuses the subscription", ["reason": reason])
            isRefused = true
        }
        confirmed = []
        failures += 1
        lastFailure = reason
        let delay = options.backOff.delay(failures: failures, random: options.random())
        loop.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { if $0.generation == current, !$0.isClosed { $0.connect() } }
        }
    }

    private func closedError() -> RedisError {
        RedisError(code: .closed, message: "The subscription to Redis at \(address) was closed")
    }

    private func timeoutError(_ channel: String) -> RedisError {
        RedisError(
            code: .couldNotConnect,
            message: "Redis at \(address) did not confirm the channel \(channel) by the deadline"
                + (lastFailure.map { ": \($0)" } ?? "")
        )
    }
}
