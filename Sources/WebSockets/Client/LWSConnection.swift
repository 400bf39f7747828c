import CLibWebSockets
import EventLoops
import Synchronization

/// One client connection of libwebsockets.
///
/// Lives on its client's loop. `send` and `close` may be called from any thread; the handler is called on the loop.
/// The client forwards the library's callbacks, and keeps the connection until the library has freed its side.
actor LWSConnection: WebSocketClientConnection {
    nonisolated let id: UInt
    /// The client that opened it.
    nonisolated let owner: ObjectIdentifier
    /// When it is asked for signs of life; nil leaves it to the library.
    nonisolated let idlePolicy: IdlePolicy?
    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private nonisolated let queue: Mutex<SendQueue>
    private nonisolated let url: String
    private let handler: any WebSocketHandler
    private var machine = StateMachine()
    private var assembler: MessageAssembler
    private var connecting: CheckedContinuation<any WebSocketClientConnection, any Error>?
    private var deadline: LoopTimer?
    /// The library's connection; nil before it exists and from the moment it reports the end.
    private var wsi: OpaquePointer?
    /// Whether the library has freed its side.
    private var isDestroyed = false
    private var whenDestroyed: [CheckedContinuation<Void, Never>] = []
    private var pendingClose: UInt16?

    init(
        id: UInt,
        owner: ObjectIdentifier,
        url: String,
        on loop: EventLoop,
        handler: any WebSocketHandler,
        limits: WebSocketClientLimits
    ) {
        self.id = id
        self.owner = owner
        self.url = url
        self.loop = loop
        self.handler = handler
        idlePolicy = IdlePolicy(limits)
        queue = Mutex(SendQueue(limit: limits.queuedBytes))
        assembler = MessageAssembler(limit: limits.messageBytes)
    }

    // MARK: Use, from any thread

    nonisolated func send(_ text: [UInt8]) throws {
        switch queue.withLock({ $0.push(text) }) {
        case .queued(mustWake: false):
            break
        case .queued(mustWake: true):
            loop.execute { self.assumeIsolated { $0.requestWrite() } }
        case .full(let bytes):
            throw WebSocketError(
                code: .queueFull,
                message: "\(bytes) bytes wait to be sent to \(url): the peer does not read"
            )
        case .closed:
            throw WebSocketError(code: .closed, message: "The WebSocket to \(url) is closed")
        }
    }

    nonisolated func close(code: UInt16) {
        loop.execute { self.assumeIsolated { $0.perform($0.machine.close(code: code, reason: "closed by us")) } }
    }

    // MARK: Connect

    func begin(
        _ continuation: CheckedContinuation<any WebSocketClientConnection, any Error>,
        in context: LWSContext,
        to address: WebSocketAddress,
        at ip: String,
        subprotocols: String?,
        deadline: Duration
    ) {
        connecting = continuation
        self.deadline = loop.schedule(after: deadline) { [weak self] in
            self?.assumeIsolated { $0.perform($0.machine.connectFailed(.deadline)) }
        }
        wsi = context.connect(self, to: address, at: ip, subprotocols: subprotocols)
        if wsi == nil { isDestroyed = true }
        if wsi == nil { perform(machine.connectFailed(.refused("the connection could not be started"))) }
    }

    nonisolated func cancelConnect() {
        loop.execute { self.assumeIsolated { $0.perform($0.machine.connectFailed(.cancelled)) } }
    }

    /// Ends it; returns when the library has freed its side.
    func shutDown() async {
        perform(machine.clientShutDown())
        drop()
        guard !isDestroyed else { return }
        await withCheckedContinuation { continuation in
            if isDestroyed { continuation.resume() } else { whenDestroyed.append(continuation) }
        }
    }

    // MARK: Callbacks of the library

    func established(_ wsi: OpaquePointer) {
        self.wsi = wsi
        perform(machine.handshakeCompleted())
    }

    func connectFailed(reason: String) {
        wsi = nil
        perform(machine.connectFailed(.refused(reason)))
    }

    /// - Returns: what the callback must return: -1 closes.
    func received(_ piece: UnsafeRawBufferPointer, on wsi: OpaquePointer) -> Int32 {
        guard machine.isOpen else { return 0 }
        // To the library only a pong is a sign of life, and one may have to wait behind a long message.
        if idlePolicy != nil { lws_validity_confirmed(wsi) }
        let remaining = lws_remaining_packet_payload(wsi)
        let isLast = lws_is_final_fragment(wsi) != 0 && remaining == 0
        switch assembler.append(piece, remaining: remaining, isLast: isLast) {
        case .incomplete:
            break
        case .message(let message):
            handler.webSocketDidReceive(message, isText: lws_frame_is_binary(wsi) == 0)
        case .tooLarge:
            let reason = "a message was longer than \(assembler.limit) bytes"
            if case .beginClose(let code) = machine.close(code: 1009, reason: reason) {
                return sendClose(code, on: wsi)
            }
        }
        return 0
    }

    /// - Returns: what the callback must return: -1 closes.
    func writable(_ wsi: OpaquePointer, scratch: WriteBuffer) -> Int32 {
        guard let (message, hasMore) = queue.withLock({ $0.pop() }) else {
            if let code = pendingClose { return sendClose(code, on: wsi) }
            return 0
        }
        guard scratch.write(message, to: wsi) else { return -1 }
        if hasMore || pendingClose != nil { lws_callback_on_writable(wsi) }
        return 0
    }

    func peerClosed(_ payload: UnsafeRawBufferPointer) {
        let code = payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : 1005
        let reason = payload.count > 2 ? String(decoding: payload[2...], as: UTF8.self) : ""
        perform(machine.peerClosed(code: code, reason: reason))
    }

    func ended() {
        wsi = nil
        perform(machine.connectionEnded())
    }

    func destroyed() {
        ended()
        isDestroyed = true
        let waiting = whenDestroyed
        whenDestroyed = []
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Actions

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .none:
            break
        case .succeedConnect:
            finishConnect(.success(self))
        case .failConnect(let failure):
            queue.withLock { $0.close() }
            drop()
            finishConnect(.failure(failure.error(url: url)))
        case .reportClose(let code, let reason):
            queue.withLock { $0.close() }
            handler.webSocketDidClose(code: code, reason: reason)
        case .beginClose(let code):
            pendingClose = code
            requestWrite()
        }
    }

    private func finishConnect(_ result: Result<any WebSocketClientConnection, any Error>) {
        deadline?.cancel()
        deadline = nil
        connecting?.resume(with: result)
        connecting = nil
    }

    private func requestWrite() {
        if let wsi { lws_callback_on_writable(wsi) }
    }

    /// Asks the library to drop the socket from its own timer: never inside one of its callbacks.
    private func drop() {
        guard let wsi else { return }
        self.wsi = nil
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC)
        // On libuv the library looks at its timers only after I/O: its event pipe is I/O.
        lws_cancel_service(lws_get_context(wsi))
    }

    private func sendClose(_ code: UInt16, on wsi: OpaquePointer) -> Int32 {
        queue.withLock { $0.close() }
        lws_close_reason(wsi, lws_close_status(UInt32(code)), nil, 0)
        return -1
    }
}

extension LWSConnection.StateMachine.Failure {
    fileprivate func error(url: String) -> any Error {
        switch self {
        case .refused(let reason):
            WebSocketError(code: .connectFailed, message: "Cannot open the WebSocket \(url): \(reason)")
        case .deadline:
            WebSocketError(code: .timeout, message: "The WebSocket \(url) was not open by the deadline")
        case .cancelled:
            CancellationError()
        case .clientClosed:
            WebSocketError(code: .closed, message: "The WebSocket client was shut down before \(url) was open")
        }
    }
}
