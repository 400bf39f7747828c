import Cryptography
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Time, ids and chance, injected so that tests decide them.
package struct SchedulerEnvironment: Sendable {
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int64
    /// A new id, later ones sorting after earlier ones.
    package var makeID: @Sendable () -> String
    /// A number of the range, uniformly.
    package var random: @Sendable (ClosedRange<Int64>) -> Int64

    /// Whether the disk has room for new jobs; what was accepted is written down in any case.
    package var hasRoom: @Sendable () async -> Bool

    /// An environment.
    package init(
        now: @escaping @Sendable () -> Int64,
        makeID: @escaping @Sendable () -> String,
        random: @escaping @Sendable (ClosedRange<Int64>) -> Int64,
        hasRoom: @escaping @Sendable () async -> Bool = { true }
    ) {
        self.now = now
        self.makeID = makeID
        self.random = random
        self.hasRoom = hasRoom
    }

    /// The machine's clock and generator.
    package static let live = SchedulerEnvironment(
        now: wallClock,
        makeID: { IDSequence.shared.next(at: wallClock()) },
        random: { Int64.random(in: $0) }
    )

    private static let wallClock: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Ids that sort by time: 10 digits of milliseconds, 3 of a counter inside the millisecond, 8 random ones, in base 32.
private final class IDSequence: Sendable {
    static let shared = IDSequence()

    // Crockford's alphabet: no letter that is taken for another.
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    private struct State {
        var time: Int64 = 0
        var count: UInt64 = 0
    }

    private let state = Mutex(State())

    func next(at now: Int64) -> String {
        let (time, count) = state.withLock { state in
            // A clock that goes back must not make ids that sort before older ones.
            if now > state.time { (state.time, state.count) = (now, 0) } else { state.count += 1 }
            return (state.time, state.count)
        }
        return String(unsafeUninitializedCapacity: 21) { buffer in
            Self.write(UInt64(time), into: buffer, at: 0..<10)
            Self.write(count, into: buffer, at: 10..<13)
            Self.write(RandomStock.shared.next(), into: buffer, at: 13..<21)
            return 21
        }
    }

    /// Five bits a digit, as many of the last as there is room for.
    private static func write(_ number: UInt64, into buffer: UnsafeMutableBufferPointer<UInt8>, at places: Range<Int>) {
        var rest = number
        for place in places.reversed() {
            buffer[place] = digits[Int(rest & 31)]
            rest >>= 5
        }
    }
}
