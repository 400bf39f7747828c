package import CDPProtocol
package import EventLoops
import JSON
package import Telemetry
import WebSockets

/// A connection to one browser: commands out, replies back by id, events to the handler of their session.
///
/// Lives on its loop. Replies are resolved at once, in the turn they arrive in; events are handed over synchronously, in
/// order. Holds no queue of its own: commands are bounded by the transport, events are not buffered.
package actor CDPConnection {
    /// How long a command waits for its reply unless told otherwise.
    package static let defaultDeadline = Duration.seconds(30)

    /// The loop everything of this browser lives on.
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let logger: Logger
    private var machine = StateMachine<CDPPendingCall>()
    private var transport: (any CDPTransport)?
    private var handlers: [TargetDomain.SessionID: any CDPEventHandler] = [:]
    private var observers: [TargetDomain.SessionID: [any CDPEventHandler]] = [:]
    private var rootHandler: (any CDPEventHandler)?
    /// What went over it so far.
    package private(set) var traffic = CDPTraffic()
    private var timer: LoopTimer?
    private var timerDeadline: ContinuousClock.Instant?

    /// A connection that waits for `open`.
    package init(on loop: EventLoop, logger: Logger = .silent) {
        self.loop = loop
        self.logger = logger
    }

    /// Gives it the transport whose messages go to `didReceive`.
    package func open(_ transport: any CDPTransport) {
        self.transport = transport
    }

    /// The browser's own session.
    package nonisolated var root: CDPSession { CDPSession(connection: self, id: nil) }

    /// Closes the transport; every pending call fails with `disconnected`.
    package func close() {
        let transport = transport
        didClose(reason: "closed by us")
        transport?.close()
    }

    // MARK: Sessions

    /// Takes the events of the browser's own session.
    package func handleRoot(by handler: any CDPEventHandler) {
        rootHandler = handler
    }

    /// Takes the events of a session from now on; call it in the `Target.attachedToTarget` that announces it.
    package func handle(_ session: TargetDomain.SessionID, by handler: any CDPEventHandler) {
        handlers[session] = handler
    }

    /// Takes events of a session beside its handler, after it and after earlier observers; until the session ends.
    package func observe(_ session: TargetDomain.SessionID, by observer: any CDPEventHandler) {
        observers[session, default: []].append(observer)
    }

    // MARK: Commands

    func start<Command: CDPCommand>(
        _ command: Command,
        session: TargetDomain.SessionID?,
        deadline: Duration
    ) -> CDPCall<Command> {
        let id = machine.takeID()
        let pending = CDPPendingCall { [loop] in
            loop.execute { self.assumeIsolated { $0.cancel(id) } }
        }
        let deadline = ContinuousClock.now.advanced(by: deadline)
        switch machine.start(id, Command.method, session: session, token: pending, deadline: deadline) {
        case .fail(let pending, let error): pending.finish(.failure(error))
        case .send:
            write(id, Command.method, command.parameters, session)
            armTimer(for: deadline)
        }
        return CDPCall(pending: pending)
    }

    func post(_ command: some CDPCommand, session: TargetDomain.SessionID?) {
        guard machine.closeReason == nil else { return }
        write(machine.takeID(), type(of: command).method, command.parameters, session)
    }

    private func write(_ id: Int, _ method: String, _ parameters: JSONObject, _ session: TargetDomain.SessionID?) {
        var message: JSONObject = ["id": .integer(Int64(id)), "method": .string(method)]
        if !parameters.isEmpty { message["params"] = .object(parameters) }
        if let session { message["sessionId"] = .string(session.rawValue) }
        do {
            guard let transport else { throw CDPError(.disconnected, "The connection to the browser is not open") }
            let bytes = message.serialized()
            try transport.send(bytes)
            traffic.didSend(bytes.count)
        } catch {
            didClose(reason: "\(error)")
        }
    }

    private func cancel(_ id: Int) {
        machine.cancel(id)
    }

    // MARK: Deadlines

    /// One timer for all calls, at the earliest deadline it was ever asked for: most calls are over long before.
    private func armTimer(for deadline: ContinuousClock.Instant) {
        // The write may have found the connection lost.
        guard machine.closeReason == nil else { return }
        if let timerDeadline, timerDeadline <= deadline { return }
        timer?.cancel()
        timerDeadline = deadline
        timer = loop.schedule(after: deadline - .now) { [weak self] in
            self?.assumeIsolated { $0.expire() }
        }
    }

    private func expire() {
        timerDeadline = nil
        timer = nil
        fail(machine.expire(at: .now))
        if let next = machine.nextDeadline { armTimer(for: next) }
    }

    private func fail(_ calls: [(CDPPendingCall, CDPError)]) {
        for (pending, error) in calls { pending.finish(.failure(error)) }
    }

    // MARK: What arrives

    /// Takes one message; called on the loop.
    package func didReceive(_ message: [UInt8]) {
        message.withUnsafeBufferPointer { didReceive($0) }
    }

    /// Takes one message, valid during the call only; called on the loop.
    package func didReceive(_ message: UnsafeBufferPointer<UInt8>) {
        guard let envelope = CDPEnvelope(scanning: message) else {
            logger.warning("Message of the browser is no JSON object", ["bytes": "\(message.count)"])
            return
        }
        traffic.didReceive(message.count, isReply: envelope.id != nil)
        if let id = envelope.id {
            reply(id, envelope, message)
        } else if let method = envelope.method {
            event(method, envelope, message)
        }
    }

    private func reply(_ id: Int, _ envelope: CDPEnvelope, _ message: UnsafeBufferPointer<UInt8>) {
        let method = machine.method(of: id) ?? ""
        guard case .resolve(let pending) = machine.reply(to: id) else { return }
        if let range = envelope.error {
            let error = try? JSONValue(parsing: .init(rebasing: message[range]), options: .trustedPeer)
            let words = error?["message"]?.string ?? "no reason given"
            let code = error?["code"]?.int ?? 0
            pending.finish(.failure(CDPError(.refused, "\(method): \(words)", protocolCode: code)))
            return
        }
        do {
            let value = try envelope.result.map {
                try JSONValue(parsing: .init(rebasing: message[$0]), options: .trustedPeer)
            }
            pending.finish(.success(value ?? .object([:])))
        } catch {
            pending.finish(.failure(CDPError(.malformed, "\(method): \(error)")))
        }
    }

    private func event(_ name: String, _ envelope: CDPEnvelope, _ message: UnsafeBufferPointer<UInt8>) {
        let session = envelope.sessionID.map { TargetDomain.SessionID(rawValue: $0) }
        let method = Self.meansCrash(name, envelope, message) ? InspectorDomain.TargetCrashedEvent.method : name
        switch method {
        case InspectorDomain.TargetCrashedEvent.method:
            if let session { fail(machine.sessionDidCrash(session)) }
        case InspectorDomain.TargetReloadedAfterCrashEvent.method:
            if let session { machine.sessionDidRecover(session) }
        default: break
        }
        let isDetach = method == TargetDomain.DetachedFromTargetEvent.method
        let takers = takers(of: method, session)
        guard isDetach || !takers.isEmpty else {
            traffic.droppedEvents += 1
            return
        }
        let event = CDPEventMessage(method: method, parameters: Self.parameters(of: envelope, message))
        for taker in takers { taker.didReceive(event) }
        if let detached = event.as(TargetDomain.DetachedFromTargetEvent.self) { end(detached.sessionID) }
    }

    private static func parameters(of envelope: CDPEnvelope, _ message: UnsafeBufferPointer<UInt8>) -> JSONValue {
        let value = envelope.parameters.flatMap {
            try? JSONValue(parsing: .init(rebasing: message[$0]), options: .trustedPeer)
        }
        return value ?? .object([:])
    }

    /// A renderer of which Chromium cannot say how it ended, as when the zygote ended with it, is not called crashed: its
    /// sessions are told that they were detached, in these words, but stay (content/browser/devtools,
    /// `RenderFrameDevToolsAgentHost::RenderProcessExited`).
    private static func meansCrash(
        _ method: String,
        _ envelope: CDPEnvelope,
        _ message: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard method == InspectorDomain.DetachedEvent.method else { return false }
        let event = try? InspectorDomain.DetachedEvent(from: parameters(of: envelope, message))
        return event?.reason == "Render process gone."
    }

    private func takers(of method: String, _ session: TargetDomain.SessionID?) -> [any CDPEventHandler] {
        guard let session else { return [rootHandler].compactMap(\.self).filter { $0.subscriptions.contains(method) } }
        var takers: [any CDPEventHandler] = []
        if let handler = handlers[session], handler.subscriptions.contains(method) { takers.append(handler) }
        for observer in observers[session] ?? [] where observer.subscriptions.contains(method) {
            takers.append(observer)
        }
        return takers
    }

    private func end(_ session: TargetDomain.SessionID) {
        fail(machine.sessionDidDetach(session))
        let error = CDPError(.detached, "The page was closed")
        handlers.removeValue(forKey: session)?.sessionDidEnd(error)
        for observer in observers.removeValue(forKey: session) ?? [] { observer.sessionDidEnd(error) }
    }

    /// The transport is over; called on the loop, more than once is fine.
    package func didClose(reason: String) {
        guard machine.closeReason == nil else { return }
        let error = CDPError(.disconnected, "The connection to the browser is lost: \(reason)")
        timer?.cancel()
        timer = nil
        transport = nil
        fail(machine.didClose(error))
        let ended = Array(handlers.values) + observers.values.flatMap(\.self) + [rootHandler].compactMap(\.self)
        handlers = [:]
        observers = [:]
        rootHandler = nil
        for handler in ended { handler.sessionDidEnd(error) }
    }
}

extension CDPConnection: WebSocketHandler {
    package nonisolated func webSocketDidReceive(_ message: [UInt8], isText: Bool) {
        assumeIsolated { $0.didReceive(message) }
    }

    package nonisolated func webSocketDidClose(code: UInt16, reason: String) {
        assumeIsolated { $0.didClose(reason: reason.isEmpty ? "closed with code \(code)" : reason) }
    }
}
