import Synchronization
import Testing

@testable import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct SignalsTests {
    private func heard(_ numbers: [Int32]) -> [Int] {
        let signals = Signals()
        let counts = Mutex<[Int]>([])
        signals.onSignal { _, count in counts.withLock { $0.append(count) } }
        for number in numbers { signals.receive(number) }
        return counts.withLock { $0 }
    }

    @Test func `the first signal asks to end well, the second to end now, and a closed terminal asks once`() {
        #expect(heard([SIGTERM, SIGINT]) == [1, 2])
        #expect(heard([SIGHUP, SIGHUP]) == [1])
        #expect(heard([SIGTERM, SIGHUP]) == [1])
        #expect(heard([SIGHUP, SIGTERM]) == [1, 2])
    }

    @Test func `the end of a terminal is waited for, unless the process was started to ignore it`() {
        func contains(_ number: Int32) -> Bool {
            var set = Signals.set
            return sigismember(&set, number) == 1
        }
        let before = signal(SIGHUP, SIG_DFL)
        defer { signal(SIGHUP, before) }
        #expect(contains(SIGTERM) && contains(SIGINT) && contains(SIGHUP))
        signal(SIGHUP, SIG_IGN)
        #expect(contains(SIGTERM) && !contains(SIGHUP))
    }
}
