import CLibUV

/// Watches a file descriptor that a C library owns (libcurl's sockets) for readiness.
///
/// Thread: create, change and close on the loop; `onReady` is called on the loop. The descriptor must stay open until
/// `close()`; closing it is the library's business.
package final class LoopPoll {
    /// What the descriptor is watched for, or is ready for.
    package struct Events: OptionSet, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }
        package static let readable = Events(rawValue: Int32(UV_READABLE.rawValue))
        package static let writable = Events(rawValue: Int32(UV_WRITABLE.rawValue))
    }

    package let descriptor: Int32
    private var handle: UnsafeMutablePointer<uv_poll_t>?
    private var watched: Events = []
    private let onReady: (LoopPoll, Events) -> Void

    /// Starts to know a descriptor; nothing is watched until `watch`.
    ///
    /// - Parameter onReady: called on the loop; an error on the descriptor is reported as ready for both.
    package init(on loop: EventLoop, descriptor: Int32, onReady: @escaping (LoopPoll, Events) -> Void) {
        self.descriptor = descriptor
        self.onReady = onReady
        let handle = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
        guard uv_poll_init_socket(loop.uv, handle, descriptor) == 0 else {
            handle.deallocate()
            return
        }
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        self.handle = handle
    }

    /// Watches for exactly these events from now on; empty stops watching. What is watched for already costs nothing.
    package func watch(_ events: Events) {
        guard let handle, events != watched else { return }
        watched = events
        if events.isEmpty {
            uv_poll_stop(handle)
            return
        }
        uv_poll_start(handle, events.rawValue) { handle, status, events in
            // Called by libuv on the loop's thread, any number of times until `close`.
            guard let owner = handle?.pointee.data else { return }
            let poll = Unmanaged<LoopPoll>.fromOpaque(owner).takeUnretainedValue()
            // An error stops libuv's watching.
            if status < 0 { poll.watched = [] }
            poll.onReady(poll, status < 0 ? [.readable, .writable] : Events(rawValue: events))
        }
    }

    /// Stops for good; idempotent.
    package func close() {
        guard let handle else { return }
        self.handle = nil
        uv_poll_stop(handle)
        let base = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(base) { base in
            // Called by libuv on the loop's thread, once: frees the handle and the poll's reference to itself.
            guard let base, let owner = base.pointee.data else { return }
            Unmanaged<LoopPoll>.fromOpaque(owner).release()
            UnsafeMutableRawPointer(base).assumingMemoryBound(to: uv_poll_t.self).deallocate()
        }
    }
}
