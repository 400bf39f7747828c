import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// One thread for calls that block: SQLite, `fsync`, hashing large files.
///
/// The cooperative pool has as many threads as the machine has cores, so one blocked call there stalls everything. An
/// actor that blocks returns this from `unownedExecutor`; single calls go through `run`. Work runs one piece at a time,
/// in the order it came. The thread ends when the object is released and its queue is empty.
package final class BlockingThread: SerialExecutor, TaskExecutor {
    /// The queue, shared by the object and its thread; outlives both.
    private final class Queue: @unchecked Sendable {
        // Everything below is touched under `mutex` only; both C objects stay at one address until `deinit`.
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var jobs: [UnownedJob] = []
        var isClosed = false
        weak var owner: BlockingThread?

        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(wake, nil)
        }

        deinit {
            pthread_cond_destroy(wake)
            pthread_mutex_destroy(mutex)
            wake.deallocate()
            mutex.deallocate()
        }
    }

    private let queue = Queue()
    private let thread = Atomic<UInt>(0)

    /// Starts the thread.
    ///
    /// - Parameter name: for debuggers and `top`; the kernel keeps 15 bytes.
    package init(name: String) {
        queue.owner = self
        var handle = pthread_t()
        let context = Unmanaged.passRetained(Start(queue: queue, name: String(name.prefix(15))))
        // Called once, on the new thread, which takes over the reference passed to it.
        let status = pthread_create(
            &handle,
            nil,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                BlockingThread.name(start.name)
                BlockingThread.serve(start.queue)
                return nil
            },
            context.toOpaque()
        )
        precondition(status == 0, "Cannot start the thread '\(name)': thread limit reached?")
        pthread_detach(handle)
        thread.store(UInt(handle), ordering: .releasing)
    }

    deinit {
        pthread_mutex_lock(queue.mutex)
        queue.isClosed = true
        pthread_mutex_unlock(queue.mutex)
        pthread_cond_signal(queue.wake)
    }

    private final class Start {
        let queue: Queue
        let name: String
        init(queue: Queue, name: String) {
            self.queue = queue
            self.name = name
        }
    }

    private static func name(_ name: String) {
        // The C calls for it are hidden from Swift: one is a GNU extension, the other is variadic.
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }

    private static func serve(_ queue: Queue) {
        while true {
            pthread_mutex_lock(queue.mutex)
            while queue.jobs.isEmpty, !queue.isClosed { pthread_cond_wait(queue.wake, queue.mutex) }
            let jobs = queue.jobs
            queue.jobs = []
            let owner = queue.owner
            pthread_mutex_unlock(queue.mutex)
            if jobs.isEmpty { return }
            guard let owner else { preconditionFailure("Cannot run a job of a thread that was released") }
            for job in jobs {
                job.runSynchronously(
                    isolatedTo: owner.asUnownedSerialExecutor(),
                    taskExecutor: owner.asUnownedTaskExecutor()
                )
            }
        }
    }

    /// Queues a job.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(queue.mutex)
        queue.jobs.append(job)
        pthread_mutex_unlock(queue.mutex)
        pthread_cond_signal(queue.wake)
    }

    /// Whether the caller runs on this thread; `assumeIsolated` asks this.
    package func isIsolatingCurrentContext() -> Bool? {
        thread.load(ordering: .acquiring) == UInt(pthread_self())
    }

    /// Traps unless called on this thread.
    package func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "Called off the thread it belongs to")
    }

    /// Runs a blocking closure on the thread and returns what it returns.
    package func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await Task(executorPreference: self) { try body() }.value
    }

    /// Runs a blocking closure on the thread; a caller that is cancelled does not wait for it.
    ///
    /// For calls that may never return: reading from a terminal, opening a pipe. One that nobody waits for any more keeps the
    /// thread until it returns.
    /// - Throws: what `body` throws; `CancellationError` when the caller was cancelled before.
    package func runCancellably<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        let (answers, continuation) = AsyncStream<Result<R, any Error>>.makeStream()
        // Not structured: it may outlive the caller.
        _ = Task(executorPreference: self) {
            // The caller may release the thread before this has begun.
            withExtendedLifetime(self) { _ = continuation.yield(Result { try body() }) }
            continuation.finish()
        }
        for await answer in answers { return try answer.get() }
        throw CancellationError()
    }
}
