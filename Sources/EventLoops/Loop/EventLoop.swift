import CLibUV
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// One thread, one `uv_loop_t`, one Swift executor.
///
/// An actor pinned to a loop returns it from `unownedExecutor`; C callbacks that libuv makes on the loop's thread enter
/// such an actor with `assumeIsolated`, without a hop. A call between two actors on one loop costs about 0.2 µs, a hop
/// from the cooperative pool about 18 µs: what belongs together lives on one loop.
///
/// Thread: everything marked "on the loop" must be called from the loop's own thread; the rest from anywhere.
package final class EventLoop: SerialExecutor, TaskExecutor, Sendable {
    /// Name of the loop's thread, at most 15 bytes are visible to the kernel.
    package let name: String

    private struct State {
        var jobs: [UnownedJob] = []
        var isDraining = false
        var isStopping = false
        /// Every handle is closed; jobs are still run for a while.
        var isShutDown = false
        /// The thread ends: no job can be run any more.
        var isFinished = false
        var whenShutDown: [CheckedContinuation<Void, Never>] = []
    }

    /// Rounds of jobs that jobs themselves enqueued, run before I/O gets its turn again.
    private static let roundsBeforeIO = 16
    /// How long the thread outlives its last handle.
    private static let lingerMilliseconds: UInt64 = 10_000

    private let state = Mutex(State())
    // Both pointers are written once, before the thread starts, and freed by the thread itself when it ends.
    private nonisolated(unsafe) let loop: UnsafeMutablePointer<uv_loop_t>
    private nonisolated(unsafe) let wake: UnsafeMutablePointer<uv_async_t>
    private nonisolated(unsafe) let turn: UnsafeMutablePointer<uv_prepare_t>
    /// Whether `endTurn` comes before the thread sleeps; touched on the loop only.
    private nonisolated(unsafe) var takesTurns = true
    /// Touched on the loop only.
    private nonisolated(unsafe) var atEndOfTurn: [() -> Void] = []
    /// What its connections read into; touched on the loop only.
    nonisolated(unsafe) let readBuffer = ReadBuffer()
    private let thread = Atomic<UInt>(0)

    /// Starts a loop on a thread of its own.
    ///
    /// - Parameter name: the thread's name, for debuggers and `top`.
    package init(name: String) {
        self.name = name
        loop = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        turn = .allocate(capacity: 1)
        precondition(uv_loop_init(loop) == 0, "Cannot create an event loop: out of file descriptors?")
        let status = uv_async_init(loop, wake) { handle in
            // Called by libuv on the loop's thread; the loop object outlives its thread (retained by it).
            guard let owner = handle?.pointee.data else { return }
            Unmanaged<EventLoop>.fromOpaque(owner).takeUnretainedValue().drain()
        }
        precondition(status == 0, "Cannot create the wake-up handle of an event loop")
        wake.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        uv_prepare_init(loop, turn)
        turn.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        // The first one started is the last one called: what other handles enqueue at this point is seen.
        uv_prepare_start(turn) { handle in
            // Called by libuv on the loop's thread, each time before it waits for events.
            guard let owner = handle?.pointee.data else { return }
            Unmanaged<EventLoop>.fromOpaque(owner).takeUnretainedValue().endTurn()
        }
        uv_unref(Self.base(turn))
        start()
    }

    private func start() {
        var handle = uv_thread_t()
        let status = uv_thread_create(
            &handle,
            { context in
                guard let context else { return }
                Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        precondition(status == 0, "Cannot start the thread of an event loop: thread limit reached?")
    }

    private func run() {
        let identity = pthread_self()
        thread.store(UInt(identity), ordering: .releasing)
        pthread_detach(identity)
        _ = cpa_thread_set_name(String(name.prefix(15)))
        Self.blockBrokenPipes()
        uv_run(loop, UV_RUN_DEFAULT)
        takesTurns = false
        Self.closeLeftovers(of: loop, except: Self.base(wake))
        let waiting = state.withLock { state in
            state.isShutDown = true
            defer { state.whenShutDown = [] }
            return state.whenShutDown
        }
        for continuation in waiting { continuation.resume() }
        linger()
        uv_loop_close(loop)
        turn.deallocate()
        wake.deallocate()
        loop.deallocate()
    }

    /// Runs the jobs of tasks that were still on their way to an actor of this loop when it was shut down.
    ///
    /// Such a job cannot be refused: its task would never end, or the process would have to.
    private func linger() {
        uv_ref(Self.base(wake))
        let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
        defer { timer.deallocate() }
        uv_timer_init(loop, timer)
        // Nothing was sent for jobs that were to be run at the end of a turn.
        uv_async_send(wake)
        repeat {
            uv_timer_start(timer, { timer in if let timer { uv_stop(timer.pointee.loop) } }, Self.lingerMilliseconds, 0)
            uv_run(loop, UV_RUN_DEFAULT)
        } while state.withLock { state in
            state.isFinished = state.jobs.isEmpty
            return !state.isFinished
        }
        Self.closeLeftovers(of: loop)
    }

    /// Writing to a connection the peer has closed must fail, not end the process.
    ///
    /// The signal goes to the thread that writes; libuv gives children a clean mask.
    private static func blockBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Any handle of libuv as the one all of them begin with.
    static func base(_ handle: UnsafeMutablePointer<some Any>) -> UnsafeMutablePointer<uv_handle_t> {
        UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
    }

    // MARK: Executor

    /// Queues a job; wakes the loop only if it may be asleep: what the loop enqueues itself runs before it sleeps.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isSeen = isCurrent && takesTurns
        let mustWake = state.withLock { state in
            precondition(!state.isFinished, "Cannot enqueue on an event loop that was shut down")
            state.jobs.append(job)
            return state.jobs.count == 1 && !state.isDraining && !isSeen
        }
        if mustWake { uv_async_send(wake) }
    }

    /// Whether the caller runs on this loop's thread; `assumeIsolated` asks this.
    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Traps unless called on the loop.
    package func checkIsolated() {
        precondition(isCurrent, "Called off the event loop '\(name)'")
    }

    /// Whether the caller runs on this loop's thread.
    package var isCurrent: Bool { thread.load(ordering: .acquiring) == UInt(pthread_self()) }

    private func drain() {
        for round in 0... {
            let (jobs, again, stop) = state.withLock { state in
                let jobs = state.jobs
                state.jobs = []
                // Keep `isDraining` while work goes on: jobs that enqueue jobs then need no wake-up call.
                state.isDraining = !jobs.isEmpty && round < Self.roundsBeforeIO
                return (jobs, state.isDraining, state.isStopping)
            }
            for job in jobs {
                job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(),
                    taskExecutor: asUnownedTaskExecutor()
                )
            }
            if again { continue }
            if !jobs.isEmpty, state.withLock({ !$0.jobs.isEmpty }) { uv_async_send(wake) }
            // Without a reference to this handle the loop goes on only as long as others are open.
            if stop, jobs.isEmpty { uv_unref(Self.base(wake)) }
            return
        }
    }

    private func endTurn() {
        for _ in 0..<Self.roundsBeforeIO {
            drain()
            let work = atEndOfTurn
            atEndOfTurn = []
            for each in work { each() }
            if work.isEmpty { return }
        }
        uv_async_send(wake)
    }

    // MARK: Use

    /// Cores this process may run on: more loops than that do not help.
    package static var coreCount: Int { Int(uv_available_parallelism()) }

    /// Runs `work` once when the loop has nothing else to do before it waits for events: what one turn has to say can
    /// leave in one piece.
    ///
    /// On the loop only.
    package func whenTurnEnds(_ work: @escaping () -> Void) {
        checkIsolated()
        guard takesTurns else { return work() }
        atEndOfTurn.append(work)
    }

    /// Runs `work` on the loop: at once when the caller is on it, else soon, in order.
    package func execute(_ work: @escaping @Sendable () -> Void) {
        if isCurrent {
            work()
        } else {
            // Not structured: the caller of a C callback has no task to be a child of.
            Task(executorPreference: self) { work() }
        }
    }

    /// Runs `work` on the loop and returns what it returns.
    package func run<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            execute { continuation.resume(with: Result(catching: work)) }
        }
    }

    /// The `uv_loop_t` for C libraries that bring their own libuv adapter; on the loop only.
    package var unsafeLoopPointer: UnsafeMutableRawPointer {
        checkIsolated()
        return UnsafeMutableRawPointer(loop)
    }

    var uv: UnsafeMutablePointer<uv_loop_t> {
        checkIsolated()
        return loop
    }

    /// Returns when every handle on the loop is closed; the thread ends some seconds later.
    ///
    /// Whoever opened a timer, socket or process on the loop closes it first; until then this waits.
    package func shutdown() async {
        await withCheckedContinuation { continuation in
            let finished = state.withLock { state in
                if state.isShutDown { return true }
                state.isStopping = true
                state.whenShutDown.append(continuation)
                return false
            }
            if finished { continuation.resume() } else { uv_async_send(wake) }
        }
    }
}
