import EventLoops
import Executors
import HTTPServer
import JSON
import JobModel
import JobWorker
import Security
import Telemetry
import WebSockets

/// One program driving one browser context over a WebSocket.
///
/// Lives on the connection's loop: what arrives is answered there without a hop; only the browser's part crosses threads.
actor InteractiveSession {
    /// More than this that a client did not read ends its session.
    private static let outboxBytes = 16 << 20

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    nonisolated let id: SessionID
    nonisolated let caller: Principal
    let services: SessionServices
    let limits: SessionLimits
    let logger: Logger
    let secrets = KnownSecrets()
    let work: SessionWork
    private var connection: WebSocketServerConnection?
    private var trail: AuditTrail?
    private var machine: SessionMachine
    private var outbox: Outbox
    private var isDraining = false
    private var orders: [RequestID: SessionRequest.Order] = [:]
    private var running: [RequestID: Task<Void, Never>] = [:]
    private var timer: Task<Void, Never>?
    private var timerAt: ContinuousClock.Instant?
    private var ending = SessionEnd.disconnected
    private var taskCount = 0
    private var wanted: Set<ExecutorEvent.Kind> = []
    /// Counts contexts: what belongs to an earlier one must not touch the next.
    private var generation = 0

    init(_ id: SessionID, for caller: Principal, services: SessionServices, limits: SessionLimits, on loop: EventLoop) {
        self.id = id
        self.caller = caller
        self.services = services
        self.limits = limits
        self.loop = loop
        machine = SessionMachine(limits, at: services.clock.now())
        outbox = Outbox(limit: limits.queuedEvents)
        logger = Logger(sink: RedactingLogSink(services.logSink) { [secrets] in secrets.redactor })
            .with("session", id.rawValue).with("tenant", caller.tenant.rawValue)
        work = SessionWork(
            id,
            tenant: caller.tenant,
            services: services,
            secrets: secrets,
            on: loop,
            logger: logger
        )
    }

    // MARK: Life

    /// Serves the client until the session is over and everything is given back.
    ///
    /// - Parameters:
    ///   - refusal: why there is no room for it after all: it is told so and closed.
    ///   - isKeyValid: whether the client's key still holds.
    func run(
        on upgraded: UpgradedConnection,
        refusal: SessionEnd?,
        isKeyValid: @escaping @Sendable () async -> Bool
    ) async {
        let began = services.clock.now()
        let connection = WebSocketServerConnection(
            upgraded.connection,
            leftover: upgraded.leftover,
            limits: connectionLimits,
            handler: Listener(session: self)
        )
        self.connection = connection
        let trail = AuditTrail(id, of: caller, services: services, on: loop) { [weak self] in
            self?.loop.execute { self?.assumeIsolated { $0.end(.failed) } }
        }
        self.trail = trail
        await trail.add("session.connected")
        logger.info("Session began")
        send(ServerMessage.hello(id, limits))
        arm()
        await connection.start()
        if let refusal { end(refusal) }
        await withTaskGroup { group in
            group.addTask { await connection.closed() }
            group.addTask { await self.checkKey(isKeyValid) }
            await group.next()
            group.cancelAll()
            if Task.isCancelled { await connection.close(code: 1001, reason: "going away", afterQueue: false) }
        }
        await connection.closed()
        perform(machine.end(.disconnected, at: services.clock.now()))
        await giveBack(trail, since: began)
    }

    private func giveBack(_ trail: AuditTrail, since began: ContinuousClock.Instant) async {
        timer?.cancel()
        for task in running.values { await task.value }
        await work.close()
        let duration = began.duration(to: services.clock.now())
        await trail.add(
            "session.closed",
            [
                "reason": .string(ending.word), "tasks": .init(taskCount),
                "duration_ms": .integer(duration.milliseconds),
            ]
        )
        await trail.flush()
        logger.info("Session ended", ["reason": ending.word, "tasks": "\(taskCount)"])
    }

    private var connectionLimits: WebSocketServerLimits {
        var connection = WebSocketServerLimits()
        connection.messageBytes = limits.messageBytes
        connection.queuedBytes = limits.queuedBytes + (8 << 20)
        connection.pingInterval = limits.pingInterval
        connection.pongTimeoutCode = SessionEnd.noPong.rawValue
        return connection
    }

    /// Ends the session, soon or at once as the reason wants it.
    func end(_ end: SessionEnd) { perform(machine.end(end, at: services.clock.now())) }

    private func checkKey(_ isValid: @Sendable () async -> Bool) async {
        while (try? await Task.sleep(for: limits.keyCheckInterval)) != nil {
            guard await isValid() else { return end(.keyInvalid) }
        }
    }

    // MARK: Requests

    fileprivate func received(_ message: [UInt8], isText: Bool) {
        let request: SessionRequest
        do throws(UnreadableRequest) {
            guard isText else { throw UnreadableRequest(message: "Messages are JSON in text frames, not binary ones") }
            request = try SessionRequestReader.read(message)
        } catch {
            return send(ServerMessage.reply(error.id, error: ServerMessage.error("invalid_input", error.message)))
        }
        take(request)
    }

    private func take(_ request: SessionRequest) {
        let (id, now) = (request.id, services.clock.now())
        let actions: [SessionMachine.Action]
        switch request.order {
        case .open: actions = machine.open(id, at: now)
        case .task(let task, _):
            actions = machine.request(id, lanes: task.lanes, page: task.page, at: now)
        case .pages, .artifact, .put: actions = machine.request(id, lanes: [], at: now)
        case .cancel(let target):
            let stopped = machine.cancel(target, at: now)
            send(ServerMessage.reply(id, result: ["found": .bool(stopped != nil)]))
            actions = stopped ?? []
        case .close:
            send(ServerMessage.reply(id, result: [:]))
            actions = machine.end(.requested, at: now)
        }
        // Before the actions: they may refuse it, or start it.
        if orders[id] == nil { orders[id] = request.order }
        perform(actions)
        if !machine.has(id) { orders[id] = nil }
    }

    private func perform(_ actions: [SessionMachine.Action]) {
        for action in actions {
            switch action {
            case .start(let id): start(id)
            case .cancel(let id): running[id]?.cancel()
            case .refuse(let id, let refusal):
                orders[id] = machine.has(id) ? orders[id] : nil
                send(ServerMessage.reply(id, error: ServerMessage.error(refusal)))
            case .announce(let end): send(event: ServerMessage.closing(end), isDroppable: false)
            case .close(let end): close(end)
            }
        }
        arm()
    }

    private func close(_ end: SessionEnd) {
        ending = end
        timer?.cancel()
        // What waits is sent before, unless the client does not read.
        if end != .slow { pump(isLast: true) }
        connection?.assumeIsolated { $0.close(code: end.rawValue, reason: end.word, afterQueue: end != .slow) }
    }

    // MARK: Work

    private func start(_ id: RequestID) {
        guard let order = orders[id] else { preconditionFailure("Cannot start the unknown request \(id)") }
        // Not structured: it ends with its request, or is cancelled and waited for by `giveBack`.
        if case .open(let options) = order {
            generation += 1
            wanted = options.events
        }
        running[id] = Task { [generation] in
            let reply = await self.reply(to: order, id)
            self.ended(id, order, reply, in: generation)
        }
    }

    private func ended(
        _ id: RequestID,
        _ order: SessionRequest.Order,
        _ reply: Result<JSONObject, StepFailure>,
        in generation: Int
    ) {
        running[id] = nil
        orders[id] = nil
        switch (order, reply) {
        case (.open, .success): machine.opened(true)
        case (.open, .failure): machine.opened(false)
        case (.task(let task, _), .success): note(task)
        case (_, .failure(let failure)) where failure.losesContext: contextLost(generation)
        default: break
        }
        let (isWanted, actions) = machine.ended(id, at: services.clock.now())
        if isWanted {
            switch reply {
            case .success(let result): send(ServerMessage.reply(id, result: secrets.redactor.redact(result)))
            case .failure(let failure):
                send(ServerMessage.reply(id, error: secrets.redactor.redact(ServerMessage.error(failure))))
            }
        }
        perform(actions)
    }

    private func reply(to order: SessionRequest.Order, _ id: RequestID) async -> Result<JSONObject, StepFailure> {
        do {
            return .success(try await result(of: order, id))
        } catch let failure as StepFailure {
            return .failure(failure)
        } catch is CancellationError {
            return .failure(StepFailure(reason: .cancelled, message: "The request was stopped.", isRetryable: false))
        } catch {
            logger.error("A request failed", ["error": "\(error)"])
            return .failure(StepFailure(reason: .internalError, message: "\(error)", isRetryable: true))
        }
    }

    private func result(of order: SessionRequest.Order, _ id: RequestID) async throws -> JSONObject {
        switch order {
        case .open(let options):
            await trail?.add("session.opened", secrets.redactor.redact(options.auditDetail))
            try await work.open(
                options,
                denied: { [weak self] denial in
                    self?.loop.execute { self?.assumeIsolated { $0.note(denial) } }
                },
                events: { [weak self, generation] event in
                    self?.loop.execute { self?.assumeIsolated { $0.happened(event, in: generation) } }
                }
            )
            return ["page": "main"]
        case .task(let task, let json): return try await perform(task, json, id)
        case .pages: return try await work.pages()
        case .artifact(let name):
            await trail?.add("session.artifact", ["name": .string(secrets.redactor.redact(name))])
            return try await work.artifact(name, inlineLimit: limits.inlineBytes)
        case .put(let name, let type, let bytes):
            await trail?.add(
                "session.put",
                ["name": .string(secrets.redactor.redact(name)), "bytes": .init(bytes.count)]
            )
            return try await work.put(name, contentType: type, bytes)
        case .cancel, .close: preconditionFailure("Cannot start a request that is done at once")
        }
    }

    private func perform(_ task: ToDo, _ json: JSONObject, _ id: RequestID) async throws -> JSONObject {
        taskCount += 1
        // Who did what is known before it is done: as it was written, secrets by name.
        await trail?.add("session.task", secrets.redactor.redact(task.auditDetail(request: id)))
        do {
            let result = try await work.perform(task, json: json)
            await trail?.add("session.result", ["request": id.json, "status": "done"])
            return result
        } catch {
            let reason = (error as? StepFailure)?.reason.rawValue ?? "internal_error"
            await trail?.add("session.result", ["request": id.json, "status": "failed", "reason": .string(reason)])
            throw error
        }
    }

    /// Puts on record which rule kept something from the session.
    private func note(_ denial: PolicyDenial) {
        guard let trail else { return }
        let message = secrets.redactor.redact(denial.message)
        // Not structured: pages ask from the proxy's loop; what the trail was given is flushed at the end.
        Task { await trail.add("policy.denied", ["rule": .string(denial.rule), "message": .string(message)]) }
    }

    // MARK: Events

    private func happened(_ event: ExecutorEvent, in generation: Int) {
        guard generation == self.generation else { return }
        switch event.kind {
        case .popup: if let page = event.page { machine.pageOpened(page) }
        case .pageClosed: if let page = event.page { machine.pageClosed(page) }
        case .crash where event.page == nil: contextLost(generation)
        default: break
        }
        guard wanted.contains(event.kind) || event.kind == .crash else { return }
        send(event: secrets.redactor.redact(ServerMessage.event(event)), isDroppable: event.kind != .crash)
    }

    /// Pages that a task made or closed.
    private func note(_ task: ToDo) {
        for name in ["popup_as", "as"] { task.fields[name]?.string.map { machine.pageOpened($0) } }
        if task.action == .closePage, let page = task.page { machine.pageClosed(page) }
    }

    private func contextLost(_ generation: Int) {
        guard generation == self.generation else { return }
        self.generation += 1
        machine.contextLost()
        // Not structured: giving a dead context back is not waited for; `close` of the work comes after it on the same loop.
        Task { await work.discard() }
    }

    // MARK: Sending

    private func send(_ message: JSONObject) {
        outbox.add(message.serialized())
        pump()
    }

    private func send(event: JSONObject, isDroppable: Bool) {
        outbox.add(event: event.serialized(), isDroppable: isDroppable)
        pump()
    }

    /// Gives the connection what it takes; the rest waits, events within their limit.
    private func pump(isLast: Bool = false) {
        guard let connection else { return }
        if outbox.bytes > Self.outboxBytes { return end(.slow) }
        do throws(WebSocketError) {
            while isLast || connection.assumeIsolated({ $0.queuedBytes }) < limits.queuedBytes,
                let message = outbox.next(gap: { ServerMessage.gap($0).serialized() })
            {
                let sent = connection.assumeIsolated { connection -> WebSocketError? in
                    do throws(WebSocketError) { try connection.send(message) } catch { return error }
                    return nil
                }
                if let sent { throw sent }
            }
        } catch {
            // Closed: the end is on its way. Full: the client does not read.
            if error.code == .queueFull, !isLast { end(.slow) }
            return
        }
        if !outbox.isEmpty, !isDraining { waitForClient(connection) }
    }

    private func waitForClient(_ connection: WebSocketServerConnection) {
        isDraining = true
        // Not structured: it ends with the connection at the latest.
        Task {
            let hasRead = await connection.drained(within: limits.slowClientTimeout)
            isDraining = false
            if hasRead { pump() } else { end(.slow) }
        }
    }

    // MARK: Time

    /// Sets the timer when the next moment is earlier than the one it is set for.
    private func arm() {
        guard let wake = machine.wakeAt else { return }
        if let timerAt, timerAt <= wake { return }
        timer?.cancel()
        timerAt = wake
        // Not structured: it is replaced by the next, and cancelled at the end.
        timer = Task { [clock = services.clock] in
            guard (try? await clock.sleep(wake)) != nil else { return }
            self.timeHasCome(wake)
        }
    }

    private func timeHasCome(_ moment: ContinuousClock.Instant) {
        guard timerAt == moment else { return }
        timerAt = nil
        perform(machine.tick(at: services.clock.now()))
    }
}

/// Takes what the client says, on the session's loop.
private struct Listener: WebSocketHandler {
    let session: InteractiveSession

    func webSocketDidReceive(_ message: [UInt8], isText: Bool) {
        session.assumeIsolated { $0.received(message, isText: isText) }
    }

    func webSocketDidClose(code: UInt16, reason: String) {}
}
