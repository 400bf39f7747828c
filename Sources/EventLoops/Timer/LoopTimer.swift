import CLibUV
import Synchronization

/// A one-shot timer on an event loop.
///
/// Fires once on the loop's thread, or never when cancelled before. Cancel from any thread.
package final class LoopTimer: Sendable {
    /// Touched on the loop only; the lock orders `cancel` against starting and firing.
    private struct Handle: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<uv_timer_t>
    }

    private struct State {
        var handle: Handle?
        var body: (@Sendable () -> Void)?
        var isCancelled = false
    }

    private let loop: EventLoop
    private let state: Mutex<State>

    init(on loop: EventLoop, after delay: Duration, body: @escaping @Sendable () -> Void) {
        self.loop = loop
        state = Mutex(State(body: body))
        loop.execute { self.start(after: delay) }
    }

    private func start(after delay: Duration) {
        let handle = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
        let box = Handle(pointer: handle)
        let isWanted = state.withLock { state in
            if state.isCancelled { return false }
            state.handle = box
            return true
        }
        guard isWanted else {
            handle.deallocate()
            return
        }
        uv_timer_init(loop.uv, handle)
        // libuv counts from the time it cached at the start of this turn, which may be long ago.
        uv_update_time(loop.uv)
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        uv_timer_start(
            handle,
            { handle in
                // Called by libuv on the loop's thread, once.
                guard let owner = handle?.pointee.data else { return }
                Unmanaged<LoopTimer>.fromOpaque(owner).takeUnretainedValue().fire()
            },
            delay.timerMilliseconds,
            0
        )
    }

    private func fire() {
        let (body, handle) = take()
        if let handle { close(handle.pointer) }
        body?()
    }

    /// Stops the timer; its body will not run after this returns on the loop's thread.
    package func cancel() {
        let needsLoop = state.withLock { state in
            state.isCancelled = true
            state.body = nil
            return state.handle != nil
        }
        guard needsLoop else { return }
        loop.execute { [self] in
            if let handle = take().handle { close(handle.pointer) }
        }
    }

    private func take() -> (body: (@Sendable () -> Void)?, handle: Handle?) {
        state.withLock { state in
            defer {
                state.handle = nil
                state.body = nil
            }
            return (state.body, state.handle)
        }
    }

    private func close(_ handle: UnsafeMutablePointer<uv_timer_t>) {
        let base = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(base) { base in
            // Called by libuv on the loop's thread, once: the timer's reference and memory go with it.
            guard let base, let owner = base.pointee.data else { return }
            Unmanaged<LoopTimer>.fromOpaque(owner).release()
            UnsafeMutableRawPointer(base).assumingMemoryBound(to: uv_timer_t.self).deallocate()
        }
    }
}

extension EventLoop {
    /// Runs `body` on the loop after `delay` (millisecond resolution, never early).
    ///
    /// - Returns: the timer; keep it only to cancel it.
    @discardableResult
    package func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void) -> LoopTimer {
        LoopTimer(on: self, after: delay, body: body)
    }

    /// Suspends the caller for `delay` by a timer of this loop.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    package func sleep(for delay: Duration) async throws {
        let gate = SleepGate()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard gate.register(continuation) else { return }
                gate.timer(schedule(after: delay) { gate.finish(cancelled: false) })
            }
        } onCancel: {
            gate.finish(cancelled: true)
        }
    }
}

/// Exactly-once end of a sleep: the timer and the cancellation race for the continuation.
private final class SleepGate: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, any Error>?
        var timer: LoopTimer?
        var isFinished = false
        var wasCancelled = false
    }

    private let state = Mutex(State())

    /// False when the task was cancelled before it came here; the continuation is resumed then.
    func register(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        let isOver = state.withLock { state in
            if !state.isFinished { state.continuation = continuation }
            return state.isFinished
        }
        if isOver { continuation.resume(throwing: CancellationError()) }
        return !isOver
    }

    func timer(_ timer: LoopTimer) {
        let isOver = state.withLock { state in
            if !state.isFinished { state.timer = timer }
            return state.isFinished
        }
        if isOver { timer.cancel() }
    }

    func finish(cancelled: Bool) {
        let (continuation, timer) = state.withLock { state in
            state.isFinished = true
            defer {
                state.continuation = nil
                state.timer = nil
            }
            return (state.continuation, state.timer)
        }
        if cancelled { timer?.cancel() }
        if cancelled { continuation?.resume(throwing: CancellationError()) } else { continuation?.resume() }
    }
}

extension Duration {
    /// What to ask of libuv so that a timer never fires early; 0 for durations that are over already.
    ///
    /// Rounded up, and one more: libuv counts from the whole millisecond before now.
    var timerMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard self > .zero else { return 0 }
        let fromFraction = UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        let (fromSeconds, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        return overflow ? UInt64.max / 2 : fromSeconds + fromFraction + 1
    }
}
