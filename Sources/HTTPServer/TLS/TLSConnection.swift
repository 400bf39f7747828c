import Cryptography
import EventLoops

/// TLS on a TCP connection: moves bytes between the socket and a `TLSSession`, which decides.
///
/// The handler sees plaintext only, and nothing before the handshake is done. Reading that is off stops the socket too, so
/// at most one read of the socket (64 KiB) waits here. Thread: the loop.
// Sendable although mutable: all state is touched on the loop only, which the socket below checks in every call.
final class TLSConnection: StreamConnection, TCPConnectionHandler, @unchecked Sendable {
    private enum Phase {
        /// The peer's bytes are handshake. Can transition to `open`, `refusing`, `closed`.
        case handshaking
        /// Can transition to `closing`, `refusing`, `closed`.
        case open
        /// What is queued leaves, nothing is read. Can transition to `closed`.
        case closing
        /// The peer broke the protocol: our last word leaves, what comes is thrown away. Can transition to `closed`.
        case refusing
        /// Terminal.
        case closed
    }

    /// How long a peer may take for our last bytes.
    private static let lastBytesTimeout = Duration.seconds(2)
    /// The most plaintext encrypted at once.
    private static let pieceLimit = 65536

    let loop: EventLoop
    let remoteAddress: SocketAddress
    private let socket: TCPConnection
    private let session: TLSSession
    /// What a client that speaks HTTP without TLS is told.
    private let plainAnswer: () -> [UInt8]
    private var handlerStorage: (any TCPConnectionHandler)?
    private var phase = Phase.handshaking
    private var timer: LoopDeadline?
    private var isReading = false
    private var isDelivering = false
    /// The socket has ended, with or without the peer's close_notify.
    private var socketHasEnded = false
    private var hasToldEnd = false
    private var isShutDown = false

    /// Takes a new connection; the handshake begins with `start`.
    init(
        _ socket: TCPConnection,
        _ context: TLSServerContext,
        plainAnswer: @escaping () -> [UInt8]
    ) throws(CryptographyError) {
        session = try TLSSession(context)
        self.socket = socket
        self.plainAnswer = plainAnswer
        loop = socket.loop
        remoteAddress = socket.remoteAddress
        // Answers are given in pieces that are waited for; only a peer that floods us with key updates gets this far.
        socket.writeLimit = 1 << 20
    }

    /// Waits for the peer's first bytes.
    ///
    /// - Parameter handshakeTimeout: from now to the end of the handshake.
    func start(handshakeTimeout: Duration) {
        timer = LoopDeadline(on: loop) { [weak self] in self?.socket.close() }
        timer?.set(after: handshakeTimeout)
        socket.handler = self
        socket.startReading()
    }

    var handler: (any TCPConnectionHandler)? {
        get { handlerStorage }
        set { if phase != .closed { handlerStorage = newValue } }
    }

    var isOpen: Bool { (phase == .handshaking || phase == .open) && socket.isOpen }
    var queuedBytes: Int { socket.queuedBytes }
    func limitKernelBuffers(to bytes: Int) { socket.limitKernelBuffers(to: bytes) }

    // MARK: Socket

    func connectionDidReceive(_ bytes: [UInt8]) {
        switch phase {
        case .handshaking:
            session.receive(bytes)
            shakeHands()
        case .open:
            session.receive(bytes)
            deliver()
        case .closing, .refusing, .closed: break
        }
    }

    func connectionDidReceiveEnd() {
        socketHasEnded = true
        switch phase {
        case .handshaking, .refusing: socket.close()
        case .open: deliver()
        case .closing, .closed: break
        }
    }

    func connectionDidClose(_ error: EventLoopError?) {
        phase = .closed
        timer?.close()
        timer = nil
        let handler = handlerStorage
        handlerStorage = nil
        handler?.connectionDidClose(error)
    }

    // MARK: Handshake

    private func shakeHands() {
        do throws(CryptographyError) {
            let isDone = try session.handshake()
            flush()
            guard isDone, phase == .handshaking else { return }
            phase = .open
            timer?.clear()
            if isReading { deliver() } else { socket.stopReading() }
        } catch {
            refuse(error)
        }
    }

    /// Says our last word, an alert or an answer in plain HTTP, and waits briefly so that no reset eats it.
    private func refuse(_ error: CryptographyError) {
        let isPlain = error.code == .plainHTTP
        let lastWord = isPlain ? plainAnswer() : session.takeOutput()
        phase = .refusing
        if !lastWord.isEmpty { socket.write(lastWord) }
        socket.shutdown()
        if socketHasEnded { return socket.close() }
        socket.startReading()
        timer?.set(after: Self.lastBytesTimeout)
    }

    /// Sends what the session has to say by itself: handshake, alerts, key updates.
    private func flush() {
        let bytes = session.takeOutput()
        guard !bytes.isEmpty else { return }
        socket.write(bytes) { [weak self] error in
            if error?.code == .queueFull { self?.socket.reset() }
        }
    }

    // MARK: Reading

    func startReading() {
        isReading = true
        guard phase == .open else { return }
        socket.startReading()
        guard !isDelivering, session.hasInput || socketHasEnded else { return }
        // Later, because whoever starts reading does not expect bytes before this returns.
        loop.whenTurnEnds { [weak self] in self?.deliver() }
    }

    func stopReading() {
        isReading = false
        if phase == .open { socket.stopReading() }
    }

    private func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while isReading, phase == .open {
            do throws(CryptographyError) {
                let read = try session.read()
                flush()
                switch read {
                case .bytes(let bytes): handlerStorage?.connectionDidReceive(bytes)
                case .needsInput: return socketHasEnded ? tellEnd() : ()
                case .end: return tellEnd()
                }
            } catch {
                return refuse(error)
            }
        }
    }

    /// A socket that ended without close_notify is an end too: HTTP's own framing tells a cut message from a whole one.
    private func tellEnd() {
        guard !hasToldEnd else { return }
        hasToldEnd = true
        socket.stopReading()
        handlerStorage?.connectionDidReceiveEnd()
    }

    // MARK: Writing

    /// Encrypts and queues a piece, provided that nothing waits; `close` sends what is queued.
    func writeAtOnce(_ bytes: ArraySlice<UInt8>) -> Int {
        guard phase == .open, !isShutDown, socket.queuedBytes == 0, !bytes.isEmpty else { return 0 }
        let piece = bytes.prefix(Self.pieceLimit)
        do throws(CryptographyError) { try session.write(piece) } catch { return 0 }
        socket.write(session.takeOutput())
        return piece.count
    }

    func write(_ bytes: [UInt8], completion: @escaping (EventLoopError?) -> Void) {
        guard phase == .open, !isShutDown else {
            return completion(EventLoopError(code: .closed, message: "Writing to \(remoteAddress): connection closed"))
        }
        do throws(CryptographyError) {
            try session.write(bytes[...])
        } catch {
            reset()
            return completion(EventLoopError(code: .closed, message: "Writing to \(remoteAddress): \(error.message)"))
        }
        socket.write(session.takeOutput(), completion: completion)
    }

    func shutdown() {
        guard phase == .open, !isShutDown else { return }
        isShutDown = true
        session.close()
        flush()
        socket.shutdown()
    }

    // MARK: Closing

    /// Closes once what is queued, close_notify last, has left; a peer that does not take it is waited for briefly.
    func close() {
        switch phase {
        case .handshaking, .refusing: socket.close()
        case .open:
            phase = .closing
            socket.stopReading()
            session.close()
            let lastBytes = session.takeOutput()
            if !lastBytes.isEmpty {
                socket.write(lastBytes) { [weak self] _ in self?.socket.close() }
            } else if socket.queuedBytes == 0 {
                // Our side was shut down already.
                return socket.close()
            }
            timer?.set(after: Self.lastBytesTimeout)
        case .closing, .closed: break
        }
    }

    func reset() {
        if phase == .open { phase = .closing }
        socket.reset()
    }
}
