import CWslay

/// The server's side of RFC 6455 framing by libwslay: bytes in, events and bytes out; no I/O.
///
/// The library is given one message at a time, so that what waits is bounded and counted here, and a close leaves after
/// it. Three of its habits are mended: it answers a broken frame by an empty close instead of 1002, keeps any number of
/// pongs, and spends about a hundred bytes on each fragment (docs/workarounds.md).
///
/// Thread: wherever its owner is.
package final class ServerFrames {
    /// What arrived.
    package enum Event: Equatable {
        case message([UInt8], isText: Bool)
        case pong
        /// The peer's close; 1005 when it gave no code.
        case close(code: UInt16, reason: String)
    }

    private static let outputSize = 65536

    private let limits: WebSocketServerLimits
    private var context: wslay_event_context_ptr?
    private var input: [UInt8] = []
    private var inputStart = 0
    private var output: [UInt8] = []
    private var events: [Event] = []

    private var message: [UInt8] = []
    private var frames = 0
    private var isControlFrame = false
    /// The body of a close, as far as it has come.
    private var closeBody: [UInt8]?
    /// What is wrong with the body of the peer's close: our code in answer.
    private var closeFault: UInt16?
    private var refusesInput = false
    /// The library is about to answer a broken frame by an empty close.
    private var mustSay1002 = false

    private var outgoing: [[UInt8]] = []
    private var outgoingStart = 0
    private var outgoingBytes = 0
    private var pendingClose: (code: UInt16, reason: String)?

    package init(limits: WebSocketServerLimits) {
        self.limits = limits
        var callbacks = wslay_event_callbacks()
        // All callbacks are called by libwslay within wslay_event_recv or wslay_event_send, on the caller's thread; the
        // argument is this object, which frees the context before it goes.
        callbacks.recv_callback = { context, buffer, length, _, owner in
            guard let owner, let buffer else { return -1 }
            return Unmanaged<ServerFrames>.fromOpaque(owner).takeUnretainedValue().fill(buffer, length, context)
        }
        callbacks.send_callback = { context, bytes, length, _, owner in
            guard let owner, let bytes else { return -1 }
            return Unmanaged<ServerFrames>.fromOpaque(owner).takeUnretainedValue()
                .take(UnsafeBufferPointer(start: bytes, count: length), context)
        }
        callbacks.on_frame_recv_start_callback = { context, frame, owner in
            guard let owner, let frame else { return }
            Unmanaged<ServerFrames>.fromOpaque(owner).takeUnretainedValue().frameStarts(frame.pointee, context)
        }
        callbacks.on_frame_recv_chunk_callback = { _, chunk, owner in
            guard let owner, let chunk else { return }
            Unmanaged<ServerFrames>.fromOpaque(owner).takeUnretainedValue()
                .collect(UnsafeBufferPointer(start: chunk.pointee.data, count: chunk.pointee.data_length))
        }
        callbacks.on_frame_recv_end_callback = { context, owner in
            guard let owner else { return }
            Unmanaged<ServerFrames>.fromOpaque(owner).takeUnretainedValue().frameEnds(context)
        }
        callbacks.on_msg_recv_callback = { _, message, owner in
            guard let owner, let message else { return }
            Unmanaged<ServerFrames>.fromOpaque(owner).takeUnretainedValue().messageEnds(message.pointee)
        }
        let status = wslay_event_context_server_init(&context, &callbacks, Unmanaged.passUnretained(self).toOpaque())
        precondition(status == 0, "Cannot create a WebSocket: out of memory")
        wslay_event_config_set_no_buffering(context, 1)
        wslay_event_config_set_max_recv_msg_length(context, UInt64(max(limits.messageBytes, 125)))
    }

    deinit { wslay_event_context_free(context) }

    // MARK: In

    /// Takes bytes of the peer.
    ///
    /// - Returns: what they held; the rest comes from `resume` when answers were waiting.
    package func receive(_ bytes: [UInt8]) -> [Event] {
        if inputStart == input.count {
            input = bytes
            inputStart = 0
        } else {
            input += bytes
        }
        return resume()
    }

    /// Goes on with bytes left over because too many pongs waited.
    package func resume() -> [Event] {
        // A failure is a broken frame: the library has queued a close already.
        if wslay_event_recv(context) != 0 { mustSay1002 = true }
        defer { events = [] }
        return events
    }

    /// Whether further bytes of the peer should be read.
    package var wantsInput: Bool { wslay_event_want_read(context) != 0 && !hasTooManyPongs }

    /// Whether bytes wait here for `resume`.
    package var hasInput: Bool { wslay_event_want_read(context) != 0 && inputStart < input.count }

    private var hasTooManyPongs: Bool { wslay_event_get_queued_msg_count(context) >= limits.queuedPongs }

    private func fill(_ buffer: UnsafeMutablePointer<UInt8>, _ length: Int, _ context: wslay_event_context_ptr?) -> Int
    {
        let count = min(length, input.count - inputStart)
        guard count > 0, !hasTooManyPongs else {
            wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK.rawValue)
            return -1
        }
        input.withUnsafeBufferPointer { input in
            guard let base = input.baseAddress else { return }
            buffer.update(from: base + inputStart, count: count)
        }
        inputStart += count
        return count
    }

    private func frameStarts(_ frame: wslay_event_on_frame_recv_start_arg, _ context: wslay_event_context_ptr?) {
        isControlFrame = frame.opcode & 8 != 0
        closeBody = frame.opcode == WSLAY_CONNECTION_CLOSE.rawValue ? [] : nil
        if isControlFrame { return }
        frames += 1
        // The announced length is compared, not added: it may be near 2^63.
        let room = UInt64(limits.messageBytes - message.count)
        if frames > limits.messageFrames || frame.payload_length > room {
            refusesInput = true
            message = []
            wslay_event_shutdown_read(context)
            close(code: 1009, reason: "message too big", afterQueue: false)
        }
    }

    private func collect(_ chunk: UnsafeBufferPointer<UInt8>) {
        closeBody?.append(contentsOf: chunk)
        if !isControlFrame, !refusesInput { message += chunk }
    }

    private func frameEnds(_ context: wslay_event_context_ptr?) {
        guard let body = closeBody else { return }
        // RFC 6455 §5.5.1: a body holds a code of two bytes and UTF-8. The library checks that only of a frame that comes
        // in one piece; its own answer is dropped when ours is queued before it.
        if body.count == 1 {
            closeFault = 1002
        } else if body.count > 2, String(validating: body[2...], as: UTF8.self) == nil {
            closeFault = 1007
        }
        if let closeFault { wslay_event_queue_close(context, closeFault, nil, 0) }
    }

    private func messageEnds(_ argument: wslay_event_on_msg_recv_arg) {
        let content = UnsafeBufferPointer(start: argument.msg, count: argument.msg_length)
        switch UInt32(argument.opcode) {
        case UInt32(WSLAY_TEXT_FRAME.rawValue), UInt32(WSLAY_BINARY_FRAME.rawValue):
            if !refusesInput { events.append(.message(message, isText: argument.opcode == WSLAY_TEXT_FRAME.rawValue)) }
            message = []
            frames = 0
        case UInt32(WSLAY_PONG.rawValue): events.append(.pong)
        case UInt32(WSLAY_CONNECTION_CLOSE.rawValue):
            let reason = content.count > 2 ? String(decoding: content[2...], as: UTF8.self) : ""
            let code = argument.status_code == 0 ? 1005 : argument.status_code
            events.append(.close(code: closeFault ?? code, reason: reason))
        default: break
        }
    }

    // MARK: Out

    /// Bytes that wait to be sent, frames not yet made among them.
    var queuedBytes: Int { outgoingBytes + wslay_event_get_queued_msg_length(context) + output.count }

    /// Queues a text message; false when it would exceed the limit, or after a close.
    func send(_ text: [UInt8]) -> Bool {
        guard pendingClose == nil, wslay_event_get_write_enabled(context) != 0 else { return false }
        guard outgoingBytes == 0 || outgoingBytes + text.count <= limits.queuedBytes else { return false }
        outgoing.append(text)
        outgoingBytes += text.count
        return true
    }

    /// Queues a ping.
    func ping() {
        var message = wslay_event_msg(opcode: UInt8(WSLAY_PING.rawValue), msg: nil, msg_length: 0)
        wslay_event_queue_msg(context, &message)
    }

    /// Queues a close; only the first one counts.
    ///
    /// - Parameter afterQueue: whether what waits is sent before; else it is dropped.
    func close(code: UInt16, reason: String, afterQueue: Bool) {
        if !afterQueue { dropQueue() }
        if pendingClose == nil { pendingClose = (code, reason) }
    }

    private func dropQueue() {
        outgoing = []
        outgoingStart = 0
        outgoingBytes = 0
    }

    /// Whether our close has been made into bytes: nothing follows it.
    var hasSentClose: Bool { wslay_event_get_close_sent(context) != 0 && output.isEmpty }
    /// Whether the peer's close has come.
    var hasReceivedClose: Bool { wslay_event_get_close_received(context) != 0 }
    /// The code of our close, once it is sent; 1005 when it has none.
    var sentCode: UInt16 { mustSay1002 ? 1002 : wslay_event_get_status_code_sent(context) }

    /// The next bytes for the peer, at most about 64 KiB; empty when nothing waits.
    package func takeOutput() -> [UInt8] {
        while true {
            wslay_event_send(context)
            if wslay_event_want_write(context) != 0 { break }
            guard output.count < Self.outputSize, queueNext() else { break }
        }
        defer { output = [] }
        return output
    }

    private func queueNext() -> Bool {
        if outgoingStart < outgoing.count {
            let text = outgoing[outgoingStart]
            outgoing[outgoingStart] = []
            outgoingStart += 1
            outgoingBytes -= text.count
            if outgoingStart == outgoing.count || outgoingStart > 512 {
                outgoing.removeFirst(outgoingStart)
                outgoingStart = 0
            }
            return text.withUnsafeBufferPointer { text in
                var message = wslay_event_msg(
                    opcode: UInt8(WSLAY_TEXT_FRAME.rawValue),
                    msg: text.baseAddress,
                    msg_length: text.count
                )
                return wslay_event_queue_msg(context, &message) == 0
            }
        }
        guard let close = pendingClose, wslay_event_get_close_sent(context) == 0 else { return false }
        // RFC 6455 §5.5: a control frame holds 125 bytes, two of them the code.
        let reason = Array(close.reason.utf8.prefix(123))
        return wslay_event_queue_close(context, close.code, reason, reason.count) == 0
    }

    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ context: wslay_event_context_ptr?) -> Int {
        guard output.count < Self.outputSize else {
            wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK.rawValue)
            return -1
        }
        if mustSay1002, bytes.elementsEqual([0x88, 0x00]) {
            output += [0x88, 0x02, 0x03, 0xEA]
        } else {
            output += bytes
        }
        return bytes.count
    }
}
