import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// SIGINT and SIGTERM, counted: the first asks to end well, the second to end now.
///
/// SIGHUP, for a terminal that was closed, asks to end well too, and says nothing more when it comes again: the kernel and the
/// shell both send one. Where it was ignored at the start, by `nohup`, it stays so.
///
/// The main thread waits for them, so no handler runs inside other code.
package final class Signals: Sendable {
    private struct State {
        var received: [Int32] = []
        var handlers: [@Sendable (Int32, Int) -> Void] = []
    }

    private let state = Mutex(State())

    /// Signals nobody sends, for tests.
    package init() {}

    /// Blocks the signals in this thread and all it will start; call first in the process.
    package static func block() -> Signals {
        signal(SIGPIPE, SIG_IGN)
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
        return Signals()
    }

    static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        // The kernel keeps a blocked signal for who waits, ignored or not.
        if !isIgnored(SIGHUP) { sigaddset(&set, SIGHUP) }
        return set
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0, let handler = action.__sigaction_handler.sa_handler else {
            return false
        }
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Waits for signals on the calling thread for ever.
    ///
    /// That must be the main thread, and main must not be async: libdispatch would take it and unblock every signal.
    package func wait() -> Never {
        var set = Self.set
        while true {
            var received: Int32 = 0
            guard sigwait(&set, &received) == 0 else { continue }
            receive(received)
        }
    }

    /// Notes a signal and tells who asked, in the calling thread.
    package func receive(_ number: Int32) {
        let (handlers, count) = state.withLock { state -> ([@Sendable (Int32, Int) -> Void], Int) in
            if number == SIGHUP, !state.received.isEmpty { return ([], 0) }
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

    /// Does something until it ends, or is cancelled by a signal, also by one that came before.
    ///
    /// - Throws: what `body` throws: `CancellationError` when it ends by that.
    func cancelling<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        // Not structured: a signal cancels it.
        let running = Task { try await body() }
        onSignal { _, _ in running.cancel() }
        return try await running.value
    }

    /// How a process ends that the first signal ended; nil without a signal.
    var exitCode: ExitCode? { state.withLock { $0.received.first }.map(Self.exitCode(of:)) }

    /// How a process ends that this signal ended.
    static func exitCode(of number: Int32) -> ExitCode { number == SIGINT ? .interrupted : .terminated }
}
