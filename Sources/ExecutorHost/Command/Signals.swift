import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// SIGINT and SIGTERM, counted: the first asks to end well, the second to end now.
///
/// A thread of its own waits for them, so no handler runs inside other code.
package final class Signals: Sendable {
    private struct State {
        var received: [Int32] = []
        var handlers: [@Sendable (Int32, Int) -> Void] = []
    }

    private let state = Mutex(State())

    /// Signals nobody sends, for tests.
    package init() {}

    /// Blocks both signals in this thread and all it will start, and listens for them; call first in the process.
    package static func listen() -> Signals {
        let signals = Signals()
        signal(SIGPIPE, SIG_IGN)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        var thread = pthread_t()
        // Called once by the new thread, which owns the reference from then on and never ends.
        let failure = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Signals>.fromOpaque(context).takeRetainedValue().wait()
                return nil
            },
            Unmanaged.passRetained(signals).toOpaque()
        )
        precondition(failure == 0, "Cannot start a thread")
        pthread_detach(thread)
        return signals
    }

    private func wait() {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        while true {
            var received: Int32 = 0
            guard sigwait(&set, &received) == 0 else { continue }
            receive(received)
        }
    }

    /// Notes a signal and tells who asked, in the calling thread.
    package func receive(_ number: Int32) {
        let (handlers, count) = state.withLock { state in
            state.received.append(number)
            return (state.handlers, state.received.count)
        }
        for handler in handlers { handler(number, count) }
    }

    /// Calls back for each signal with its number and how many there were; at once for those that came before.
    package func onSignal(_ handler: @escaping @Sendable (_ number: Int32, _ count: Int) -> Void) {
        let earlier = state.withLock { state in
            state.handlers.append(handler)
            return state.received
        }
        for (index, number) in earlier.enumerated() { handler(number, index + 1) }
    }

    /// How a process ends that the first signal ended; nil without a signal.
    var exitCode: ExitCode? {
        state.withLock { $0.received.first }.map { $0 == SIGINT ? .interrupted : .terminated }
    }
}
