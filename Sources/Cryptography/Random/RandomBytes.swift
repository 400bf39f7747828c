import CCrypto

/// Unpredictable bytes from libcrypto's generator, which the kernel seeds.
package enum RandomBytes {
    /// `count` bytes fit for keys.
    package static func generate(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            precondition(
                RAND_bytes(buffer.baseAddress, Int32(count)) == 1,
                "Cannot make random bytes: no entropy source"
            )
            initialized = count
        }
    }
}
