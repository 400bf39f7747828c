import EventLoops
import NetworkPolicy

/// One connection of a browser to its slot: request by request, or a tunnel.
///
/// Lives on the proxy's loop. A connection to a server serves requests for that server only; where a response's end is not
/// beyond doubt, the connection ends with it, so that no byte of one server can pass for another's.
actor ProxyConnection: TCPConnectionHandler {
    private enum State {
        /// Waits for a request. Can transition to deciding, ended.
        case idle
        /// Looks up, checks, connects; nothing is read meanwhile. Can transition to exchange, tunnel, idle, ended.
        case deciding
        /// A request goes out and its response comes back. Can transition to idle, tunnel, ended.
        case exchange(Exchange)
        /// Bytes both ways. Can transition to ended.
        case tunnel
        /// What is queued goes to the browser, nothing else happens. Can transition to ended.
        case finishing
        case ended
    }

    private static let headLimit = 256 << 10
    private static let queueLimit = 1 << 20
    private static let queueLow = 256 << 10

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let slot: EgressSlot
    private let client: TCPConnection
    private var state = State.idle
    /// What the browser has sent and nobody has taken.
    private var input: [UInt8] = []
    private var searched = 0
    private var server: (connection: TCPConnection, key: String)?
    private var clientHasEnded = false
    private var serverHasEnded = false

    init(_ client: TCPConnection, of slot: EgressSlot) {
        self.client = client
        self.slot = slot
        loop = slot.loop
    }

    func start() {
        client.handler = self
        client.startReading()
    }

    /// Ends it at once, as a failure for both sides.
    func cut() {
        if case .ended = state { return }
        state = .ended
        client.reset()
        server?.connection.close()
        server = nil
        slot.assumeIsolated { $0.ended(self) }
    }

    // MARK: The browser's side

    nonisolated func connectionDidReceive(_ bytes: [UInt8]) { assumeIsolated { $0.received(bytes) } }

    nonisolated func connectionDidReceiveEnd() { assumeIsolated { $0.receivedEnd() } }

    nonisolated func connectionDidClose(_ error: EventLoopError?) { assumeIsolated { $0.cut() } }

    private func received(_ bytes: [UInt8]) {
        if case .tunnel = state { return toServer(bytes) }
        input += bytes
        switch state {
        case .idle: readHead()
        case .exchange: sendBody()
        case .deciding, .tunnel, .finishing, .ended: break
        }
    }

    private func receivedEnd() {
        clientHasEnded = true
        guard case .tunnel = state else { return cut() }
        if serverHasEnded { cut() } else { server?.connection.shutdown() }
    }

    private func readHead() {
        guard let head = MessageHead(input, searchedFrom: searched) else {
            searched = input.count
            if input.count > Self.headLimit { cut() }
            return
        }
        input.removeFirst(head.size)
        searched = 0
        let request: ProxyRequest
        do throws(EgressDenial) {
            request = try ProxyRequest(head)
        } catch {
            slot.assumeIsolated { $0.note(error) }
            return cut()
        }
        state = .deciding
        client.stopReading()
        // Not structured: a callback has no task; it ends with the connection attempt.
        Task { await self.decide(request) }
    }

    // MARK: Deciding

    private func decide(_ request: ProxyRequest) async {
        do {
            let upstream = await slot.upstream(for: request)
            let connection = try await connection(for: request, by: upstream)
            guard case .deciding = state else { return connection.close() }
            begin(request, by: upstream)
        } catch let denial as EgressDenial {
            await slot.note(denial)
            refuse(request, "403 Forbidden")
        } catch let failure as EgressFailure {
            await slot.note(failure)
            refuse(request, failure.isTimeout ? "504 Gateway Timeout" : "502 Bad Gateway")
        } catch {
            refuse(request, "502 Bad Gateway")
        }
    }

    /// The connection the request goes out on: the one there is, when it leads to the same server.
    private func connection(for request: ProxyRequest, by upstream: UpstreamProxy?) async throws -> TCPConnection {
        let place = "\(request.host.bracketed):\(request.port)"
        let key = upstream?.kind == .http ? "proxy" : place
        // Asked again for each request: the rules may have changed.
        if upstream != nil { try await slot.check(request.host, request.port) }
        if let server, server.key == key, !request.isConnect || upstream != nil, server.connection.isOpen,
            !serverHasEnded
        {
            return server.connection
        }
        dropServer()
        let connection: TCPConnection
        if let upstream {
            connection = try await slot.connect(upstream.host, upstream.port)
            if upstream.kind == .socks5 { try await SOCKSClient.ask(connection, for: request) }
        } else {
            connection = try await slot.connect(request.host, request.port)
        }
        guard case .deciding = state else { return connection }
        connection.handler = ServerSide(self)
        serverHasEnded = false
        server = (connection, key)
        return connection
    }

    private func dropServer() {
        server?.connection.handler = nil
        server?.connection.close()
        server = nil
    }

    private func begin(_ request: ProxyRequest, by upstream: UpstreamProxy?) {
        let isThroughProxy = upstream?.kind == .http
        if request.isConnect, !isThroughProxy {
            client.write(Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8))
            return beginTunnel()
        }
        guard let body = BodyFraming(request: request.head) else { return refuse(request, "400 Bad Request") }
        state = .exchange(Exchange(method: request.method, requestBody: body))
        let head = request.head
        toServer(
            isThroughProxy
                ? Array((([head.first] + head.lines).joined(separator: "\r\n") + "\r\n\r\n").utf8) : request.originForm
        )
        sendBody()
        client.startReading()
        server?.connection.startReading()
    }

    private func beginTunnel() {
        state = .tunnel
        let early = input
        input = []
        if !early.isEmpty { toServer(early) }
        client.startReading()
        server?.connection.startReading()
    }

    /// A tunnel that is not to be is answered; any other request is cut, so that no page can read an answer of ours.
    private func refuse(_ request: ProxyRequest, _ status: String) {
        guard case .deciding = state else { return }
        guard request.isConnect else { return cut() }
        answer(status)
    }

    private func answer(_ status: String) {
        client.write(Array("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8))
        finish()
    }

    /// Chromium sends a request again by itself, an order too, when a connection that had served before breaks without a
    /// response (`HttpNetworkTransaction::ShouldResendRequest`); an answer of ours keeps it from that.
    private func breakOff() {
        let place = server?.key ?? "the server"
        slot.assumeIsolated {
            $0.note(EgressFailure(place: place, reason: "broke the connection before it had answered"))
        }
        answer("502 Bad Gateway")
    }

    // MARK: The exchange

    private func sendBody() {
        guard case .exchange(var exchange) = state else { return }
        let taken = exchange.requestBody.take(input[...])
        state = .exchange(exchange)
        if taken > 0 {
            let piece = Array(input[..<taken])
            input.removeFirst(taken)
            toServer(piece)
        }
        if input.count > Self.headLimit { client.stopReading() }
    }

    fileprivate func serverReceived(_ bytes: [UInt8]) {
        switch state {
        case .tunnel: toClient(bytes)
        case .exchange(var exchange):
            let step = exchange.take(bytes)
            state = .exchange(exchange)
            if !step.forward.isEmpty { toClient(step.forward) }
            switch step.then {
            case .goOn: break
            case .tunnel:
                if case .exchange = state { beginTunnel() }
            case .end(let keepsServer): endExchange(keepsServer: keepsServer)
            }
        // A server that speaks unasked is not to be trusted with the next request.
        case .idle, .deciding, .finishing, .ended: dropServer()
        }
    }

    private func endExchange(keepsServer: Bool) {
        guard case .exchange(let exchange) = state else { return }
        guard exchange.requestBody.hasEnded else { return finish() }
        if !keepsServer { dropServer() }
        state = .idle
        client.startReading()
        if !input.isEmpty { readHead() }
    }

    fileprivate func serverEnded() {
        serverHasEnded = true
        switch state {
        case .tunnel:
            client.shutdown()
            if clientHasEnded { cut() }
        case .exchange(let exchange) where exchange.isInDoubt: breakOff()
        case .exchange(let exchange):
            let rest = exchange.unfinishedHead
            if !rest.isEmpty { toClient(rest) }
            finish()
        case .idle: dropServer()
        case .deciding, .finishing, .ended: break
        }
    }

    fileprivate func serverClosed(_ error: EventLoopError?) {
        switch state {
        case .exchange(let exchange) where exchange.isInDoubt: breakOff()
        case .tunnel, .exchange: cut()
        case .idle, .deciding: server = nil
        case .finishing, .ended: break
        }
    }

    /// Lets the browser have what is queued, and ends.
    private func finish() {
        state = .finishing
        dropServer()
        client.startReading()
        client.shutdown()
    }

    // MARK: Bytes

    private func toServer(_ bytes: [UInt8]) {
        guard let server = server?.connection else { return }
        forward(bytes, from: client, to: server)
    }

    private func toClient(_ bytes: [UInt8]) { forward(bytes, from: server?.connection, to: client) }

    /// Passes bytes on; who sends faster than the other side reads has to wait.
    private func forward(_ bytes: [UInt8], from source: TCPConnection?, to sink: TCPConnection) {
        guard slot.assumeIsolated({ $0.count(bytes.count) }) else { return cut() }
        sink.write(bytes) { [weak self, weak source, weak sink] error in
            guard error == nil, let self, let source, let sink, sink.isOpen, sink.queuedBytes < Self.queueLow else {
                return
            }
            assumeIsolated { $0.resume(source) }
        }
        if sink.isOpen, sink.queuedBytes > Self.queueLimit { source?.stopReading() }
    }

    private func resume(_ source: TCPConnection) {
        switch state {
        case .exchange, .tunnel: if source.isOpen { source.startReading() }
        case .idle, .deciding, .finishing, .ended: break
        }
    }
}

/// Hears the server's side for the connection.
private final class ServerSide: TCPConnectionHandler {
    private let owner: ProxyConnection

    init(_ owner: ProxyConnection) { self.owner = owner }

    func connectionDidReceive(_ bytes: [UInt8]) { owner.assumeIsolated { $0.serverReceived(bytes) } }
    func connectionDidReceiveEnd() { owner.assumeIsolated { $0.serverEnded() } }
    func connectionDidClose(_ error: EventLoopError?) { owner.assumeIsolated { $0.serverClosed(error) } }
}
