import CLibUV

/// A timer that is set again and again: one a connection, moved as its states change.
///
/// Thread: everything on the loop. `close()` before letting go.
package final class LoopDeadline {
    private let loop: EventLoop
    private var handle: UnsafeMutablePointer<uv_timer_t>?
    private var onExpiry: (() -> Void)?

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
        uv_timer_start(
            handle,
            { handle in
                // Called by libuv on the loop's thread, once for each `set` that was not replaced or cleared.
                guard let owner = handle?.pointee.data else { return }
                Unmanaged<LoopDeadline>.fromOpaque(owner).takeUnretainedValue().onExpiry?()
            },
            delay.timerMilliseconds,
            0
        )
    }

    /// Takes the deadline away.
    package func clear() {
        if let handle { uv_timer_stop(handle) }
    }

    /// Ends it for good; idempotent.
    package func close() {
        guard let handle else { return }
        self.handle = nil
        onExpiry = nil
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) { base in
            // Called by libuv on the loop's thread, once: frees the handle and the deadline's reference to itself.
            guard let base, let owner = base.pointee.data else { return }
            UnsafeMutableRawPointer(base).assumingMemoryBound(to: uv_timer_t.self).deallocate()
            Unmanaged<LoopDeadline>.fromOpaque(owner).release()
        }
    }
}
