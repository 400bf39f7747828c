package import EventLoops

/// The server's end of a WebSocket, on a TCP connection that has left HTTP.
///
/// Thread: `send`, `close` and `start` from anywhere, at once when called on the loop; the handler is called on the loop.
/// It keeps itself alive until the connection is over.
package actor WebSocketServerConnection: TCPConnectionHandler {
    private enum Phase {
        /// Messages go both ways. Can transition to `closing`, `lingering`, `over`.
        case open
        /// Our close is queued or sent, the peer's has not come. Can transition to `lingering`, `over`.
        case closing
        /// Both closes were sent; the peer's end is awaited. Can transition to `over`.
        case lingering
        /// Terminal.
        case over
    }

    private nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let socket: any StreamConnection
    private let limits: WebSocketServerLimits
    private let handler: any WebSocketHandler
    private let frames: ServerFrames
    private var leftover: [UInt8]
    private var phase = Phase.open
    private var timer: LoopDeadline?
    private var isAwaitingPong = false
    private var isWriting = false
    private var hasSentClose = false
    private var ending: (code: UInt16, reason: String) = (1006, "the connection was lost")
    /// Who waits for the queue to drain, by number; `openWaits` has those whose time is not over.
    private var whenDrained: [Int: CheckedContinuation<Void, Never>] = [:]
    private var openWaits: Set<Int> = []
    private var nextWait = 0
    private var whenOver: [CheckedContinuation<Void, Never>] = []

    /// Takes the connection; nothing is read until `start`.
    ///
    /// - Parameter leftover: bytes that came behind the handshake.
    package init(
        _ socket: any StreamConnection,
        leftover: [UInt8],
        limits: WebSocketServerLimits = WebSocketServerLimits(),
        handler: any WebSocketHandler
    ) {
        loop = socket.loop
        self.socket = socket
        self.leftover = leftover
        self.limits = limits
        self.handler = handler
        frames = ServerFrames(limits: limits)
    }

    /// Begins to read.
    package func start() {
        guard socket.isOpen else { return end(nil) }
        timer = LoopDeadline(on: loop) { [weak self] in self?.assumeIsolated { $0.timerFired() } }
        timer?.set(after: limits.pingInterval)
        socket.handler = self
        socket.limitKernelBuffers(to: limits.kernelBytes)
        let bytes = leftover
        leftover = []
        received(bytes)
    }

    // MARK: Use

    /// Queues a text message; messages leave in order.
    ///
    /// - Throws: `WebSocketError`: `.queueFull` when the peer reads too slowly — what then happens is the caller's choice;
    ///   `.closed`.
    package func send(_ text: [UInt8]) throws(WebSocketError) {
        guard phase == .open else {
            throw WebSocketError(code: .closed, message: "The WebSocket to \(socket.remoteAddress) is closed")
        }
        guard frames.send(text) else {
            throw WebSocketError(
                code: .queueFull,
                message:
                    "\(frames.queuedBytes) bytes wait to be sent to \(socket.remoteAddress): the peer does not read"
            )
        }
        pump()
    }

    /// Bytes that wait to be sent.
    package var queuedBytes: Int { phase == .over ? 0 : frames.queuedBytes + socket.queuedBytes }

    /// Returns when nothing waits to be sent any more, the connection is over, or `limit` has passed.
    ///
    /// - Returns: whether nothing waits.
    @discardableResult
    package func drained(within limit: Duration) async -> Bool {
        nextWait += 1
        let id = nextWait
        openWaits.insert(id)
        let timer = loop.schedule(after: limit) { self.assumeIsolated { $0.endWait(id) } }
        await withCheckedContinuation { continuation in
            // This may run later than the lines above: the wait may be over already.
            if queuedBytes > 0, openWaits.contains(id) { whenDrained[id] = continuation } else { continuation.resume() }
        }
        timer.cancel()
        openWaits.remove(id)
        return queuedBytes == 0
    }

    private func endWait(_ id: Int) {
        openWaits.remove(id)
        whenDrained.removeValue(forKey: id)?.resume()
    }

    /// Closes with a code; the handler hears of the end at most `closeTimeout` after it is sent. Idempotent.
    ///
    /// - Parameter afterQueue: whether what waits is sent before; else it is dropped.
    package func close(code: UInt16, reason: String = "", afterQueue: Bool = true) {
        guard phase == .open else { return }
        phase = .closing
        ending = (code, reason)
        frames.close(code: code, reason: reason, afterQueue: afterQueue)
        timer?.set(after: afterQueue ? limits.pongTimeout : limits.closeTimeout)
        pump()
    }

    /// Returns when the connection is over and its handler was told.
    package func closed() async {
        guard phase != .over else { return }
        await withCheckedContinuation { continuation in
            if phase == .over { continuation.resume() } else { whenOver.append(continuation) }
        }
    }

    // MARK: Socket

    package nonisolated func connectionDidReceive(_ bytes: [UInt8]) {
        assumeIsolated { $0.received(bytes) }
    }

    package nonisolated func connectionDidReceiveEnd() {
        assumeIsolated { $0.socket.close() }
    }

    package nonisolated func connectionDidClose(_ error: EventLoopError?) {
        assumeIsolated { $0.end(error) }
    }

    private func received(_ bytes: [UInt8]) {
        guard phase == .open || phase == .closing else { return }
        if phase == .open, !bytes.isEmpty {
            isAwaitingPong = false
            timer?.set(after: limits.pingInterval)
        }
        handle(frames.receive(bytes))
        pump()
    }

    private func handle(_ events: [ServerFrames.Event]) {
        for event in events {
            switch event {
            case .message(let message, let isText):
                if phase == .open { handler.webSocketDidReceive(message, isText: isText) }
            case .pong: break
            case .close(let code, let reason):
                if phase == .open { ending = (code, reason) }
                phase = .closing
                timer?.set(after: limits.closeTimeout)
            }
        }
    }

    // MARK: Writing

    /// Gives the socket what it takes, goes on reading when answers have left, and ends when both closes are through.
    private func pump() {
        while !isWriting, phase != .over {
            let bytes = frames.takeOutput()
            guard !bytes.isEmpty else { break }
            let taken = socket.writeAtOnce(bytes[...])
            if taken < bytes.count {
                isWriting = true
                socket.write(Array(bytes[taken...])) { [weak self] error in
                    self?.assumeIsolated { $0.didWrite(error) }
                }
            }
            if frames.hasInput, !isWriting { handle(frames.resume()) }
        }
        guard phase != .over else { return }
        if frames.wantsInput, !frames.hasInput { socket.startReading() } else { socket.stopReading() }
        if queuedBytes == 0 { endWaits() }
        if frames.hasSentClose, !isWriting, !hasSentClose { closeSent() } else { lingerIfClosed() }
    }

    private func didWrite(_ error: EventLoopError?) {
        isWriting = false
        guard error == nil, phase != .over else { return }
        if frames.hasInput { handle(frames.resume()) }
        pump()
    }

    private func closeSent() {
        hasSentClose = true
        if phase == .open {
            // Not by `close`: the peer broke the protocol or a limit.
            let code = frames.sentCode
            ending = (code, code == 1009 ? "a message was too big" : "the peer broke the protocol")
        }
        phase = .closing
        timer?.set(after: limits.closeTimeout)
        lingerIfClosed()
    }

    /// Ends our side once both closes are through, or the peer's cannot be understood any more.
    private func lingerIfClosed() {
        guard hasSentClose, phase == .closing, frames.hasReceivedClose || !frames.wantsInput else { return }
        phase = .lingering
        socket.shutdown()
        socket.startReading()
    }

    // MARK: Time and end

    private func timerFired() {
        switch phase {
        case .open where isAwaitingPong:
            close(code: limits.pongTimeoutCode, reason: "no sign of life", afterQueue: false)
        case .open:
            isAwaitingPong = true
            frames.ping()
            timer?.set(after: limits.pongTimeout)
            pump()
        case .closing, .lingering: socket.close()
        case .over: break
        }
    }

    private func end(_ error: EventLoopError?) {
        guard phase != .over else { return }
        if phase == .open, let error { ending.reason = error.message }
        phase = .over
        timer?.close()
        timer = nil
        endWaits()
        handler.webSocketDidClose(code: ending.code, reason: ending.reason)
        let waiting = whenOver
        whenOver = []
        for continuation in waiting { continuation.resume() }
    }

    private func endWaits() {
        for id in whenDrained.keys { endWait(id) }
    }
}
