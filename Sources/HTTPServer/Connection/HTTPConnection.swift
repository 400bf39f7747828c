import EventLoops
import Telemetry

/// One connection of a lane: moves bytes and deadlines, `HTTPConnectionStateMachine` decides.
actor HTTPConnection: TCPConnectionHandler {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    nonisolated let lane: HTTPLane
    nonisolated let remoteAddress: String

    let socket: any StreamConnection
    var machine: HTTPConnectionStateMachine
    private var timer: LoopDeadline?
    private var armed: (deadline: HTTPConnectionStateMachine.Deadline, number: Int)?
    private var writing = false
    /// When the wait for the body began, and how long was waited before.
    private var bodyWait: (since: ContinuousClock.Instant?, spent: Duration) = (nil, .zero)
    private var reader: CheckedContinuation<Void, Never>?
    /// Requests being served, by number: a pipelined one begins before the task of the one before has quite ended.
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var isClosed = false

    init(_ socket: any StreamConnection, of lane: HTTPLane) {
        self.socket = socket
        self.lane = lane
        loop = lane.loop
        remoteAddress = socket.remoteAddress.host
        machine = HTTPConnectionStateMachine(limits: lane.settings.limits)
    }

    var settings: HTTPListenerSettings { lane.settings }

    func start() {
        timer = LoopDeadline(on: loop) { [weak self] in self?.assumeIsolated { $0.timerFired() } }
        socket.handler = self
        perform(.none)
    }

    // MARK: Socket

    nonisolated func connectionDidReceive(_ bytes: [UInt8]) {
        assumeIsolated { $0.perform($0.machine.receive(bytes)) }
    }

    nonisolated func connectionDidReceiveEnd() {
        assumeIsolated { $0.perform($0.machine.inputEnded()) }
    }

    nonisolated func connectionDidClose(_ error: EventLoopError?) {
        assumeIsolated { $0.ended() }
    }

    private func ended() {
        guard !isClosed else { return }
        isClosed = true
        machine.closed()
        timer?.close()
        timer = nil
        for task in tasks.values { task.cancel() }
        resumeReader()
        if tasks.isEmpty { leave() }
    }

    private func leave() { lane.assumeIsolated { $0.connectionEnded(self) } }

    // MARK: Actions

    func perform(_ action: HTTPConnectionStateMachine.Action) {
        switch action {
        case .none: break
        case .handle(let head, let number): handle(head, number)
        case .refuse(let error): refuse(error)
        case .resumeReader: resumeReader()
        case .linger: socket.shutdown()
        case .close: socket.close()
        }
        update()
    }

    /// Brings reading and the timer in line with the machine.
    private func update() {
        if case .handedOver = machine.state { return }
        if machine.wantsReading { socket.startReading() } else { socket.stopReading() }
        if writing { return }
        guard let deadline = machine.deadline else { return disarm() }
        if let armed, armed == (deadline, machine.number) { return }
        disarm()
        armed = (deadline, machine.number)
        timer?.set(after: duration(of: deadline))
    }

    private func disarm() {
        if let since = bodyWait.since {
            bodyWait = (nil, bodyWait.spent + (ContinuousClock.now - since))
        }
        armed = nil
        timer?.clear()
    }

    private func duration(of deadline: HTTPConnectionStateMachine.Deadline) -> Duration {
        switch deadline {
        case .head: return settings.headTimeout
        case .keepAlive: return settings.keepAliveTimeout
        case .handler: return settings.handlerTimeout
        case .linger: return .seconds(1)
        case .body:
            // Only the client's share of the time counts: while the handler is busy the clock stands.
            bodyWait.since = .now
            return max(.zero, bodyAllowance - bodyWait.spent)
        }
    }

    private var bodyAllowance: Duration {
        settings.bodyTimeout + .milliseconds(machine.receivedBodyBytes / 64)
    }

    private func timerFired() {
        if writing { return socket.reset() }
        guard let deadline = armed?.deadline else { return }
        disarm()
        if deadline == .handler { tasks[machine.number]?.cancel() }
        perform(machine.deadlinePassed(deadline))
    }

    private func refuse(_ error: HTTPServerError) {
        // Not structured: nobody but the connection waits for the answer to a request that was never handled.
        Task(executorPreference: loop) { await self.sendRefusal(error) }
    }

    private func sendRefusal(_ error: HTTPServerError) async {
        lane.logger.debug("Request refused", ["status": "\(error.code.status)", "error": error.message])
        try? await write(encodedRefusal(error))
        perform(machine.answerEnded())
    }

    // MARK: Requests

    private func handle(_ head: HTTPRequestHead, _ number: Int) {
        bodyWait = (nil, .zero)
        if let error = admit(head) { return perform(machine.refuse(error)) }
        var request = HTTPRequest(
            method: head.method,
            path: head.path,
            query: head.query,
            headers: head.fields,
            body: head.hasBody ? body(of: number, length: head.contentLength) : .empty,
            remoteAddress: remoteAddress
        )
        request.minorVersion = head.minorVersion
        request.isSecure = settings.tls != nil
        // Not structured: the request arrived in a callback. The connection cancels it when it closes.
        tasks[number] = Task(executorPreference: loop) { [request] in await self.serve(request, head, number) }
    }

    private func admit(_ head: HTTPRequestHead) -> HTTPServerError? {
        if let allowed = settings.allowedHosts, let host = head.fields["host"],
            !allowed.contains(hostName(host))
        {
            let remedy = settings.hostRemedy.map { "; \($0)" } ?? ""
            return HTTPServerError(.misdirected, "Requests for the host '\(host)' are not served here\(remedy)")
        }
        guard head.hasBody else { return nil }
        let limit = lane.handler.bodyLimit(method: head.method, path: head.path) ?? settings.bodyLimit
        return machine.limitBody(to: limit)
    }

    private func serve(_ request: HTTPRequest, _ head: HTTPRequestHead, _ number: Int) async {
        var response: HTTPResponse
        do {
            response = try await lane.handler.respond(to: request)
        } catch let error as HTTPServerError where error.code == .closed {
            // The handler wants the client to see no answer at all.
            socket.reset()
            return served(number)
        } catch let error as HTTPServerError {
            response = refusal(error)
        } catch {
            // The client has gone, or its time was over: nobody waits for the answer.
            if Task.isCancelled { return served(number) }
            lane.logger.error("A handler failed", ["path": request.path, "error": "\(error)"])
            response = refusal(HTTPServerError(.internalError, "The server failed to serve the request"))
        }
        if !HTTPResponseEncoder.canSend(status: response.status, fields: response.headers) {
            lane.logger.error("A handler answered header fields that cannot be sent", ["path": head.path])
            response = refusal(HTTPServerError(.internalError, "The server failed to serve the request"))
        }
        if case .upgrade(let body) = response.body { return leave(with: response, number, body) }
        await send(response, to: head, number)
        served(number)
    }

    /// Leaves HTTP in a task of its own: this one, and what it took to answer, would be kept for as long as a WebSocket lives.
    private func leave(
        with response: HTTPResponse,
        _ number: Int,
        _ body: @escaping @Sendable (UpgradedConnection) async -> Void
    ) {
        let head = upgradeHead(response)
        // Not structured, as the request's own. The connection cancels it when it is cut.
        tasks[number] = Task(executorPreference: loop) { await self.upgrade(head, number, body) }
    }

    func served(_ number: Int) {
        tasks[number] = nil
        guard isClosed else { return update() }
        if tasks.isEmpty { leave() }
    }

    private func body(of number: Int, length: Int?) -> HTTPRequestBody {
        HTTPRequestBody(
            length: length,
            share: BodyShare(of: lane.bodies),
            next: { [self] in try await readBody(of: number) },
            giveUp: { [self] in await abandonBody(of: number) }
        )
    }

    /// The connection closes behind the answer: nobody reads the rest.
    private func abandonBody(of number: Int) { machine.abandonReader(of: number) }

    private func readBody(of number: Int) async throws -> [UInt8]? {
        while true {
            switch try machine.readBody(of: number) {
            case .bytes(let bytes):
                update()
                return bytes
            case .end:
                update()
                return nil
            case .wait(let sendContinue):
                guard reader == nil else {
                    throw HTTPServerError(.internalError, "Two tasks read the body of one request")
                }
                if sendContinue { socket.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
                update()
                try await waitForBody(of: number)
            }
        }
    }

    private func waitForBody(of number: Int) async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // The body of a continuation may run later than the check before it.
                if machine.deadline == .body, !Task.isCancelled {
                    reader = continuation
                } else {
                    continuation.resume()
                }
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.resumeReader() } }
        }
        if isClosed { throw HTTPServerError(.closed, "The client closed the connection within the body") }
        if Task.isCancelled {
            machine.abandonReader(of: number)
            throw CancellationError()
        }
        if bodyWait.since == nil, bodyWait.spent >= bodyAllowance {
            throw HTTPServerError(.timeout, "The body of the request took too long")
        }
    }

    private func resumeReader() {
        let continuation = reader
        reader = nil
        continuation?.resume()
    }

    // MARK: Writing

    /// Gives bytes to the kernel, and gives up on a client that does not take them.
    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(262_144)
            rest = rest.dropFirst(piece.count)
            let taken = socket.writeAtOnce(piece)
            if taken == piece.count { continue }
            disarm()
            writing = true
            timer?.set(after: settings.writeTimeout)
            defer {
                writing = false
                disarm()
                if !isClosed { update() }
            }
            try await socket.writeAndWait(Array(piece.dropFirst(taken)))
        }
    }

    func date() -> String { lane.assumeIsolated { $0.currentDate() } }

    // MARK: Leaving HTTP

    /// Stops everything that belongs to HTTP; the socket has a new owner from here on.
    func leaveHTTP() {
        socket.stopReading()
        socket.handler = nil
        timer?.close()
        timer = nil
    }

    /// The new owner is done and the socket closed.
    func handedBack() { isClosed = true }

    // MARK: Stopping

    /// Ends after the request at work.
    nonisolated func drain() {
        assumeIsolated { $0.perform($0.machine.drain()) }
    }

    /// Ends now.
    nonisolated func cut() {
        assumeIsolated { connection in
            for task in connection.tasks.values { task.cancel() }
            connection.socket.reset()
        }
    }
}

/// The host of a `Host` field: lower case, without port and brackets.
private func hostName(_ field: String) -> String {
    let isLower = field.utf8.allSatisfy { !(0x41...0x5A).contains($0) }
    let host = isLower ? field : field.lowercased()
    if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
    return host.utf8.firstIndex(of: 0x3A).map { String(host[..<$0]) } ?? host
}
