package import EventLoops
package import Telemetry

/// A connection to Redis that opens itself when it is needed and comes back when it was lost.
///
/// Commands are pipelined in the order of the calls. A command that was sent when the connection broke fails with
/// `connectionLost` and is never repeated here; one that was not waits for the next connection until its deadline.
/// A command without reply at its deadline takes the connection with it, because one that hangs is not coming back.
package actor RedisConnection {
    /// The loop it lives on.
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Where it connects to.
    package nonisolated let address: RedisAddress
    private let options: RedisOptions
    private let logger: Logger
    private var machine = StateMachine()
    private var context: HiredisContext?
    private var pending = PendingCommands()
    private var lastID: UInt64 = 0
    private var deadlineTimer: (at: ContinuousClock.Instant, timer: LoopTimer)?
    private var pauseTimer: LoopTimer?
    private var attemptTimer: LoopTimer?
    private var lastFailure: String?
    /// SHA-1 of scripts this server was given, as it told us.
    private var digests: [String: String] = [:]
    /// Counts contexts, so that what an old one says is not taken for the new one's.
    private var generation = 0

    /// A connection; nothing is opened until the first command.
    package init(
        on loop: EventLoop,
        to address: RedisAddress,
        options: RedisOptions = RedisOptions(),
        logger: Logger = .silent
    ) {
        self.loop = loop
        self.address = address
        self.options = options
        self.logger = logger.with("redis", address.description)
    }

    // MARK: Use

    /// Connects now and fails with the first attempt, for start-up and checks; commands connect by themselves.
    package func connect(deadline: Duration = .seconds(5)) async throws {
        let reply = try await run([["PING"]], deadline: deadline, isImpatient: true)[0]
        if case .error(let text) = reply { throw RedisError(serverReply: text, to: ["PING"]) }
    }

    /// Runs one command.
    ///
    /// - Parameter deadline: limit for the reply, connecting included.
    /// - Throws: `RedisError`; `CancellationError` when the task is cancelled, though the command may still run.
    @discardableResult
    package func send(_ arguments: [RedisArgument], deadline: Duration = .seconds(5)) async throws -> RedisValue {
        let reply = try await run([arguments], deadline: deadline)[0]
        if case .error(let text) = reply { throw RedisError(serverReply: text, to: arguments) }
        return reply
    }

    /// Runs commands in one go and returns their replies in order; an error reply is a value among them.
    package func pipeline(
        _ commands: [[RedisArgument]],
        deadline: Duration = .seconds(5)
    ) async throws -> [RedisValue] {
        commands.isEmpty ? [] : try await run(commands, deadline: deadline)
    }

    /// Runs a Lua script by its hash, giving Redis the script first when it does not know it.
    @discardableResult
    package func evaluate(
        _ script: RedisScript,
        keys: [String],
        arguments: [RedisArgument] = [],
        deadline: Duration = .seconds(5)
    ) async throws -> RedisValue {
        try await evaluate(script, keys: keys, each: [arguments], deadline: deadline)[0]
    }

    /// Runs a Lua script with one list of arguments after the other, without waiting for replies in between.
    ///
    /// `NOSCRIPT` proves that nothing ran, so running it again is safe; it comes after those that had run, then.
    /// - Parameter common: what every list begins with.
    /// - Returns: the replies, in order.
    package func evaluate(
        _ script: RedisScript,
        keys: [String],
        common: [RedisArgument] = [],
        each lists: [[RedisArgument]],
        deadline: Duration = .seconds(5)
    ) async throws -> [RedisValue] {
        guard !lists.isEmpty else { return [] }
        func commands(_ lists: [[RedisArgument]]) async throws -> [[RedisArgument]] {
            let digest = try await digest(of: script, deadline: deadline)
            var head: [RedisArgument] = ["EVALSHA", RedisArgument(digest), RedisArgument(keys.count)]
            head += keys.map { RedisArgument($0) }
            head += common
            return lists.map { head + $0 }
        }
        var replies = try await run(try await commands(lists), deadline: deadline)
        for _ in 0..<Self.scriptRepetitions {
            let unknown = replies.indices.filter { replies[$0].error?.hasPrefix("NOSCRIPT") ?? false }
            if unknown.isEmpty { break }
            digests[script.name] = nil
            let answers = try await run(try await commands(unknown.map { lists[$0] }), deadline: deadline)
            for (index, answer) in zip(unknown, answers) { replies[index] = answer }
        }
        for reply in replies {
            if let error = reply.error { throw RedisError(serverReply: error, to: ["EVALSHA"]) }
        }
        return replies
    }

    /// How often a script is given to a server that has just forgotten it.
    private static let scriptRepetitions = 2

    private func digest(of script: RedisScript, deadline: Duration) async throws -> String {
        if let digest = digests[script.name] { return digest }
        let reply = try await send(["SCRIPT", "LOAD", RedisArgument(script.source)], deadline: deadline)
        guard let digest = reply.text else {
            throw RedisError(code: .unexpectedReply, message: "SCRIPT LOAD did not return a hash but \(reply)")
        }
        digests[script.name] = digest
        return digest
    }

    /// Closes it for good: what waits fails with `closed`.
    package func close() {
        machine.close()
        deadlineTimer?.timer.cancel()
        deadlineTimer = nil
        pauseTimer?.cancel()
        pauseTimer = nil
        attemptTimer?.cancel()
        attemptTimer = nil
        let context = context
        self.context = nil
        for entry in pending.removeAll() { entry.call.fail(closedError()) }
        context?.drop()
    }

    // MARK: Commands

    /// Whether replies are owed; for tests that wait for a command to be under way.
    var hasSentCommands: Bool { pending.hasSent }

    private func run(
        _ commands: [[RedisArgument]],
        deadline: Duration,
        isImpatient: Bool = false
    ) async throws -> [RedisValue] {
        let ids = (lastID + 1)...(lastID + UInt64(commands.count))
        lastID = ids.upperBound
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if machine.isClosed {
                    continuation.resume(throwing: closedError())
                } else if pending.count + commands.count > options.maximumPending {
                    continuation.resume(throwing: overloaded())
                } else {
                    let call = RedisCall(commands.count, continuation)
                    enqueue(commands, ids, deadline: deadline, isImpatient: isImpatient, call)
                }
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.cancel(ids) } }
        }
    }

    private func enqueue(
        _ commands: [[RedisArgument]],
        _ ids: ClosedRange<UInt64>,
        deadline: Duration,
        isImpatient: Bool,
        _ call: RedisCall
    ) {
        let limit = ContinuousClock.now.advanced(by: deadline)
        for (index, (id, command)) in zip(ids, commands).enumerated() {
            pending.insert(
                .init(arguments: command, deadline: limit, isImpatient: isImpatient, call: call, index: index),
                id: id
            )
        }
        watchDeadline(limit)
        perform(machine.need())
    }

    private func cancel(_ ids: ClosedRange<UInt64>) {
        let entries = ids.compactMap { pending.abandon($0) }
        for entry in entries { entry.call.fail(CancellationError()) }
        // Redis would hold the connection until the blocking command's own time is over.
        if options.use == .blocking, entries.contains(where: \.isSent) { lose("a blocking command was cancelled") }
    }

    private func flush() {
        guard let context else { return }
        let generation = generation
        context.sendTogether {
            for (id, arguments) in pending.takeUnsent() {
                context.send(arguments) { [weak self] reply in
                    self?.assumeIsolated { $0.replied(reply, to: id, generation) }
                }
            }
        }
    }

    private func replied(_ reply: RedisValue?, to id: UInt64, _ generation: Int) {
        // Without a reply the connection is ending, which fails everything sent on it.
        guard let reply, generation == self.generation else { return }
        if let entry = pending.remove(id) { entry.call.reply(reply, at: entry.index) }
    }

    // MARK: Deadlines

    private func watchDeadline(_ deadline: ContinuousClock.Instant) {
        if let watched = deadlineTimer?.at, watched <= deadline { return }
        deadlineTimer?.timer.cancel()
        let timer = loop.schedule(after: ContinuousClock.now.duration(to: deadline)) { [weak self] in
            self?.assumeIsolated { $0.checkDeadlines() }
        }
        deadlineTimer = (deadline, timer)
    }

    private func checkDeadlines() {
        deadlineTimer = nil
        let expired = pending.removeExpired(.now)
        for entry in expired { entry.call.fail(timeoutError(entry)) }
        if let next = pending.nextDeadline { watchDeadline(next) }
        if expired.contains(where: \.isSent) { lose("no reply by the deadline") }
    }

    private func timeoutError(_ entry: PendingCommands.Entry) -> RedisError {
        if entry.isSent {
            return RedisError(code: .timeout, message: "Redis at \(address) did not reply by the deadline")
        }
        return unreachableError()
    }

    private func unreachableError() -> RedisError {
        let reason = lastFailure ?? "no answer by the deadline"
        return RedisError(
            code: .couldNotConnect,
            message: reason == "Connection refused"
                ? "Redis at \(address) refused the connection: is it running?"
                : "Redis at \(address) cannot be reached: \(reason)"
        )
    }

    // MARK: Connecting

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .none: break
        case .connect: connect()
        case .prepare: prepare()
        case .flush: flush()
        case .reconnect(let failures): pause(failures)
        }
    }

    private func connect() {
        generation += 1
        let generation = generation
        guard case .tcp(let host, let port) = address.endpoint, !HostLookup.isAddress(host) else {
            open(address.endpoint, generation)
            return
        }
        // Not structured: nobody waits for the connection itself. Ends with the resolver.
        Task {
            do {
                let address = try await HostLookup.resolve(host, on: loop)
                open(.tcp(host: address, port: port), generation)
            } catch {
                ended("\(error)", generation)
            }
        }
    }

    private func open(_ endpoint: RedisAddress.Endpoint, _ generation: Int) {
        guard generation == self.generation, !machine.isClosed else { return }
        // The deadlines of commands do not tell: what waits for the connection is no proof against it.
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
        if generation == self.generation { lose("it does not answer within \(options.attemptLimit)") }
    }

    private func connected(_ generation: Int) {
        if generation == self.generation { perform(machine.connected()) }
    }

    /// Logs in, selects the database and asks whether the server is ready: one that loads its data, or whose disk is full, is not.
    private func prepare() {
        var commands: [[RedisArgument]] = []
        if let password = address.password {
            commands.append(["AUTH"] + (address.user.map { [RedisArgument($0)] } ?? []) + [RedisArgument(password)])
        }
        if address.database != 0 { commands.append(["SELECT", RedisArgument(address.database)]) }
        commands.append(["CLIENT", "SETNAME", RedisArgument(options.name)])
        commands.append(["PING"])
        let generation = generation
        var left = commands.count
        for command in commands {
            context?.send(command) { [weak self] reply in
                left -= 1
                let isLast = left == 0
                self?.assumeIsolated { $0.prepared(reply, isLast: isLast, generation) }
            }
        }
    }

    private func prepared(_ reply: RedisValue?, isLast: Bool, _ generation: Int) {
        guard generation == self.generation, let reply else { return }
        if case .error(let text) = reply, !text.hasPrefix("NOPERM") {
            if RedisError.isRefusal(text) {
                refuse("Redis at \(address) refused the login: \(text)")
            } else {
                lose("it is not ready: \(text)")
            }
        } else if isLast {
            attemptTimer?.cancel()
            attemptTimer = nil
            logger.debug("Redis connected")
            perform(machine.prepared())
        }
    }

    /// The server will not have us, now or later: whoever waits is told at once.
    private func refuse(_ message: String) {
        for entry in pending.removeAll() {
            entry.call.fail(RedisError(code: .refusedLogin, message: message))
        }
        lose(message)
    }

    private func pause(_ failures: Int) {
        let delay = failures == 0 ? .zero : options.backOff.delay(failures: failures, random: options.random())
        pauseTimer = loop.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { connection in
                connection.pauseTimer = nil
                connection.perform(connection.machine.pauseEnded(isNeeded: !connection.pending.isEmpty))
            }
        }
    }

    // MARK: Loss

    /// Gives the connection up.
    private func lose(_ reason: String) {
        let context = context
        ended(reason, generation)
        context?.drop()
    }

    private func ended(_ reason: String, _ generation: Int) {
        guard generation == self.generation else { return }
        self.generation += 1
        context = nil
        attemptTimer?.cancel()
        attemptTimer = nil
        lastFailure = reason
        digests = [:]
        if machine.isReady { logger.warning("Redis connection lost", ["reason": reason]) }
        for entry in pending.removeSent() {
            entry.call.fail(
                RedisError(
                    code: .connectionLost,
                    message: "The connection to Redis at \(address) broke off: \(reason)"
                )
            )
        }
        for entry in pending.removeImpatient() { entry.call.fail(unreachableError()) }
        perform(machine.lost(isNeeded: !pending.isEmpty))
    }

    private func closedError() -> RedisError {
        RedisError(code: .closed, message: "The connection to Redis at \(address) was closed")
    }

    private func overloaded() -> RedisError {
        RedisError(
            code: .overloaded,
            message: "\(pending.count) commands already wait for Redis at \(address)"
        )
    }
}

extension RedisError {
    init(serverReply text: String, to arguments: [RedisArgument]) {
        let command = arguments.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        self.init(
            code: .server,
            message: "Redis answered \(command) with an error: \(text)",
            reply: String(text.prefix { $0 != " " })
        )
    }
}
