import Cryptography
package import JobModel

#if canImport(Glibc)
    import Glibc
#endif

extension WorkerServices {
    /// The time in 12 digits, then 80 random bits, in hexadecimal: ids that come together lie together in the store's index.
    @Sendable package static func randomID() -> MessageID {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
        let high = milliseconds << 16 | RandomStock.shared.next() >> 48
        return MessageID(Hex.encode(high) + Hex.encode(RandomStock.shared.next()))
    }
}
