import CHiredis
import EventLoops

/// One connection of hiredis on a loop: its asynchronous context, wired to a poll handle of ours.
///
/// hiredis' own libuv adapter ignores errors of the poll handle, so that a refused connection would hang; this one treats them
/// as readiness, and hiredis then finds the error on the socket. On the loop only. Any error is final in hiredis 0.14: it frees
/// the context by itself, which ends here with `onEnd`, once.
final class HiredisContext {
    /// What the context tells its owner; called on the loop.
    struct Events {
        var onConnect: () -> Void
        /// The connection is over, with hiredis' words about it; every reply still owed was answered with nil before.
        var onEnd: (String) -> Void
    }

    private var context: UnsafeMutablePointer<redisAsyncContext>?
    private var poll: LoopPoll?
    private var watched: LoopPoll.Events = []
    /// Bytes of commands that hiredis has taken and were not offered to the socket; nil while it asks for that itself.
    private var unwritten: Int?
    /// As many are offered at a time: the server works on what came while the next commands are made.
    private static let writeSize = 32 << 10
    private var command = CommandText()
    private let events: Events
    private var hasEnded = false

    /// Starts to connect; `address` must hold an IP address, because hiredis resolves names with a blocking call.
    init(to endpoint: RedisAddress.Endpoint, on loop: EventLoop, events: Events) {
        self.events = events
        let context: UnsafeMutablePointer<redisAsyncContext>? =
            switch endpoint {
            case .tcp(let host, let port): redisAsyncConnect(host, Int32(port))
            case .unix(let path): redisAsyncConnectUnix(path)
            }
        self.context = context
        guard let context, context.pointee.err == 0 else { return }
        attach(context, to: loop)
        redisAsyncSetConnectCallback(context) { context, status in
            // Called by hiredis on the loop's thread, once, when the socket is connected or was refused.
            guard let context, let owner = context.pointee.data else { return }
            Unmanaged<HiredisContext>.fromOpaque(owner).takeUnretainedValue().connected(context.pointee, status)
        }
        if case .tcp = endpoint { redisEnableKeepAlive(&context.pointee.c) }
    }

    /// Reports an error that came with the start; call once, after `init`.
    func reportImmediateFailure() {
        guard let context else {
            end("out of memory")
            return
        }
        guard context.pointee.err != 0, context.pointee.ev.data == nil else { return }
        let reason = context.pointee.errorText
        self.context = nil
        redisAsyncFree(context)
        end(reason)
    }

    private func attach(_ context: UnsafeMutablePointer<redisAsyncContext>, to loop: EventLoop) {
        poll = LoopPoll(on: loop, descriptor: context.pointee.c.fd) { [unowned self] _, ready in self.isReady(ready) }
        // hiredis' hold on this object; `cleanup` gives it up.
        let me = Unmanaged.passRetained(self).toOpaque()
        context.pointee.data = me
        context.pointee.ev.data = me
        // Called by hiredis on the loop's thread, any number of times until `cleanup`.
        context.pointee.ev.addRead = { HiredisContext.from($0)?.watch(adding: .readable) }
        context.pointee.ev.delRead = { HiredisContext.from($0)?.watch(removing: .readable) }
        context.pointee.ev.addWrite = { HiredisContext.from($0)?.watch(adding: .writable) }
        context.pointee.ev.delWrite = { HiredisContext.from($0)?.watch(removing: .writable) }
        context.pointee.ev.cleanup = { owner in
            // Called by hiredis on the loop's thread, once, before it frees the context and closes the socket.
            guard let owner else { return }
            Unmanaged<HiredisContext>.fromOpaque(owner).takeRetainedValue().cleanUp()
        }
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> HiredisContext? {
        pointer.map { Unmanaged<HiredisContext>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Use

    /// Sends commands without a turn of the loop in between: `body` calls `send` for each.
    func sendTogether(_ body: () -> Void) {
        unwritten = 0
        body()
        write()
        unwritten = nil
        poll?.watch(watched)
    }

    private func write() {
        unwritten = 0
        // A write that fails frees the context, which hiredis goes on using after a callback of its own: it writes by itself then.
        guard let context, context.pointee.c.flags & REDIS_IN_CALLBACK == 0 else { return }
        redisAsyncHandleWrite(context)
    }

    /// Queues a command; replies come in the order of commands.
    ///
    /// - Parameter reply: called once with the reply, or with nil when there will be none.
    func send(_ arguments: [RedisArgument], reply: @escaping (RedisValue?) -> Void) {
        let box = Unmanaged.passRetained(ReplyBox(reply))
        let status = append(arguments, box.toOpaque()) { _, reply, box in
            // Called by hiredis on the loop's thread, once a command; the reply is freed by hiredis after the call.
            guard let box else { return }
            Unmanaged<ReplyBox>.fromOpaque(box).takeRetainedValue().call(RedisValue(reply: reply))
        }
        guard status != REDIS_OK else {
            if let unwritten, unwritten >= Self.writeSize { write() }
            return
        }
        box.release()
        reply(nil)
    }

    /// Subscribes to a channel; this context takes no ordinary commands afterwards.
    ///
    /// - Parameter message: called for the confirmation and every message with the whole reply, and with nil at the end.
    func subscribe(_ channel: String, message: @escaping (RedisValue?) -> Void) {
        let box = ReplyBox(message)
        boxes.append(box)
        let status = append(["SUBSCRIBE", RedisArgument(channel)], Unmanaged.passUnretained(box).toOpaque()) {
            _,
            reply,
            box in
            // Called by hiredis on the loop's thread, once a message; the box lives as long as this object.
            guard let box else { return }
            Unmanaged<ReplyBox>.fromOpaque(box).takeUnretainedValue().call(RedisValue(reply: reply))
        }
        if status != REDIS_OK { message(nil) }
    }

    private var boxes: [ReplyBox] = []

    private func append(
        _ arguments: [RedisArgument],
        _ user: UnsafeMutableRawPointer,
        _ callback:
            @escaping @convention(c) (
                UnsafeMutablePointer<redisAsyncContext>?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?
            ) -> Void
    ) -> Int32 {
        guard let context else { return REDIS_ERR }
        command.write(arguments)
        if let unwritten { self.unwritten = unwritten + command.bytes.count }
        // Copied at once into the library's output buffer.
        return command.bytes.withUnsafeBytes { bytes in
            let text = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return redisAsyncFormattedCommand(context, callback, user, text, bytes.count)
        }
    }

    /// Drops the connection; `onEnd` follows at once, or when the callback under way returns.
    func drop() {
        guard let context else { return }
        self.context = nil
        redisAsyncFree(context)
    }

    // MARK: Events

    private func isReady(_ ready: LoopPoll.Events) {
        if ready.contains(.readable), let context { redisAsyncHandleRead(context) }
        if ready.contains(.writable), let context { redisAsyncHandleWrite(context) }
    }

    private func watch(adding events: LoopPoll.Events) {
        watched.formUnion(events)
        if unwritten == nil { poll?.watch(watched) }
    }

    private func watch(removing events: LoopPoll.Events) {
        watched.subtract(events)
        if unwritten == nil { poll?.watch(watched) }
    }

    private func connected(_ context: redisAsyncContext, _ status: Int32) {
        if status == REDIS_OK { events.onConnect() } else { reason = context.errorText }
    }

    private var reason: String?

    private func cleanUp() {
        if reason == nil, let context { reason = context.pointee.errorText }
        context = nil
        poll?.close()
        poll = nil
        end(reason ?? "closed")
    }

    private func end(_ reason: String) {
        guard !hasEnded else { return }
        hasEnded = true
        events.onEnd(reason)
    }
}

/// Carries a closure through hiredis.
private final class ReplyBox {
    let call: (RedisValue?) -> Void
    init(_ call: @escaping (RedisValue?) -> Void) { self.call = call }
}

extension redisAsyncContext {
    /// hiredis' words about the error, or "closed".
    fileprivate var errorText: String {
        guard
            let text = c.err != 0
                ? withUnsafeBytes(of: c.errstr, { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }) : nil
        else { return "closed" }
        return text
    }
}

extension RedisValue {
    /// Copies a reply of hiredis; nil for none.
    fileprivate init?(reply: UnsafeMutableRawPointer?) {
        guard let reply else { return nil }
        self.init(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private init(_ reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_INTEGER:
            self = .integer(reply.integer)
        case REDIS_REPLY_ARRAY:
            let elements = UnsafeBufferPointer(start: reply.element, count: reply.elements)
            self = .array(elements.map { $0.map { RedisValue($0.pointee) } ?? .null })
        case REDIS_REPLY_NIL:
            self = .null
        case REDIS_REPLY_ERROR:
            self = .error(String(decoding: UnsafeRawBufferPointer(start: reply.str, count: reply.len), as: UTF8.self))
        default:
            self = .string([UInt8](UnsafeRawBufferPointer(start: reply.str, count: reply.len)))
        }
    }
}
