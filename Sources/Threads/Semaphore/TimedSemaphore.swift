#if canImport(Glibc)
    import Glibc
#endif

/// Signals that a thread waits for, for a while at most, by a clock nobody sets.
///
/// libdispatch's semaphore waits by the wall clock on Linux (`sem_timedwait`): with the clock set back by an hour, a wait of a
/// millisecond takes an hour. `wait` blocks its thread, which is none of the cooperative pool. Neither call allocates, and
/// the system is asked only to sleep, and to wake who sleeps.
package final class TimedSemaphore: @unchecked Sendable {
    // `count` is touched under `mutex` only. Both C objects stay at one address until `deinit`, and nobody uses them then: whoever
    // waits or signals has a reference for as long as the call takes.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var count = 0

    /// A semaphore nobody has signalled.
    package init() {
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        let status = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        precondition(status == 0, "Cannot wait by the monotonic clock: this system has none")
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(mutex)
        wake.deallocate()
        mutex.deallocate()
    }

    /// Ends one wait: the one that goes on, or the next.
    package func signal() {
        pthread_mutex_lock(mutex)
        count += 1
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(wake)
    }

    /// Blocks until there is a signal, and takes it.
    ///
    /// - Returns: false when the time was over first.
    package func wait(atMost limit: Duration) -> Bool {
        var end = Self.end(of: limit)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        // It may also wake for no reason.
        while count == 0 {
            guard pthread_cond_timedwait(wake, mutex, &end) == 0 else { return false }
        }
        count -= 1
        return true
    }

    private static func end(of limit: Duration) -> timespec {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let (seconds, attoseconds) = limit.components
        end.tv_sec += Int(seconds)
        end.tv_nsec += Int(attoseconds / 1_000_000_000)
        if end.tv_nsec >= 1_000_000_000 {
            end.tv_sec += 1
            end.tv_nsec -= 1_000_000_000
        }
        return end
    }
}
