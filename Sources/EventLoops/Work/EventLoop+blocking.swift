import CLibUV

extension EventLoop {
    /// Runs blocking work (walking a directory, hashing a file) on libuv's thread pool, off the loop and off the cooperative pool.
    ///
    /// Not cancellable once started; the caller waits for its end.
    package func runBlocking<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            execute {
                BlockingWork { continuation.resume(with: Result(catching: work)) }.start(on: self)
            }
        }
    }
}

/// One round trip through libuv's thread pool; keeps itself alive until it is done.
private final class BlockingWork {
    private let body: @Sendable () -> Void
    private let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    deinit { request.deallocate() }

    func start(on loop: EventLoop) {
        request.initialize(to: uv_work_t())
        request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        let status = uv_queue_work(
            loop.uv,
            request,
            { request in
                // Called by libuv on a thread of its pool, once.
                guard let owner = request?.pointee.data else { return }
                Unmanaged<BlockingWork>.fromOpaque(owner).takeUnretainedValue().body()
            },
            { request, _ in
                // Called by libuv on the loop's thread, once, after the work: drops the reference to itself.
                guard let owner = request?.pointee.data else { return }
                Unmanaged<BlockingWork>.fromOpaque(owner).release()
            }
        )
        precondition(status == 0, "Cannot queue work: uv_queue_work fails only for a missing callback")
    }
}
