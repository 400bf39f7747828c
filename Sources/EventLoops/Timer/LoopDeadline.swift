import CLibUV

/// A timer that is set again and again: one a connection, moved as its states change.
///
/// Deadlines move far more often than they pass, so libuv's timer is left alone where it goes off early enough: what is due
/// then is looked up when it does. Thread: everything on the loop. `close()` before letting go.
package final class LoopDeadline {
    private let loop: EventLoop
    private var handle: UnsafeMutablePointer<uv_timer_t>?
    private var onExpiry: (() -> Void)?
    /// When it expires, in milliseconds of the loop's clock; nil when it does not.
    private var due: UInt64?
    /// When libuv's timer goes off.
    private var armed: UInt64?

    /// A deadline that is not set yet.
    ///
    /// - Parameter onExpiry: called on the loop each time a set deadline passes; released by `close`.
    package init(on loop: EventLoop, onExpiry: @escaping () -> Void) {
        self.loop = loop
        self.onExpiry = onExpiry
        let handle = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
        uv_timer_init(loop.uv, handle)
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        self.handle = handle
    }

    /// Expires after this long from now, whatever was set before.
    package func set(after delay: Duration) {
        guard let handle else { return }
        // libuv counts from the time it cached at the start of this turn, which may be long ago.
        uv_update_time(loop.uv)
        let (time, overflows) = uv_now(loop.uv).addingReportingOverflow(delay.timerMilliseconds)
        let due = overflows ? .max : time
        self.due = due
        // A deadline that is set keeps the loop alive, one that was cleared does not.
        uv_ref(EventLoop.base(handle))
        if let armed, armed <= due { return }
        arm(handle, at: due)
    }

    private func arm(_ handle: UnsafeMutablePointer<uv_timer_t>, at time: UInt64) {
        armed = time
        uv_timer_start(
            handle,
            { handle in
                // Called by libuv on the loop's thread, once for each start that was not replaced.
                guard let owner = handle?.pointee.data else { return }
                Unmanaged<LoopDeadline>.fromOpaque(owner).takeUnretainedValue().wentOff()
            },
            time - uv_now(loop.uv),
            0
        )
    }

    private func wentOff() {
        armed = nil
        guard let handle, let due else { return }
        if due > uv_now(loop.uv) { return arm(handle, at: due) }
        self.due = nil
        onExpiry?()
    }

    /// Takes the deadline away.
    package func clear() {
        guard let handle else { return }
        due = nil
        uv_unref(EventLoop.base(handle))
    }

    /// Ends it for good; idempotent.
    package func close() {
        guard let handle else { return }
        self.handle = nil
        onExpiry = nil
        uv_close(EventLoop.base(handle)) { base in
            // Called by libuv on the loop's thread, once: frees the handle and the deadline's reference to itself.
            guard let base, let owner = base.pointee.data else { return }
            UnsafeMutableRawPointer(base).assumingMemoryBound(to: uv_timer_t.self).deallocate()
            Unmanaged<LoopDeadline>.fromOpaque(owner).release()
        }
    }
}
