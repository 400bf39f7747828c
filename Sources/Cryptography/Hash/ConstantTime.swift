import CCrypto

/// Comparing secrets without telling by the time it takes how much of them matched.
package enum ConstantTime {
    /// Whether both are the same bytes; the time depends on the lengths only.
    package static func equal(_ lhs: [UInt8], _ rhs: [UInt8]) -> Bool {
        lhs.count == rhs.count && CRYPTO_memcmp(lhs, rhs, lhs.count) == 0
    }

    /// Whether both are the same text; the time depends on the lengths only.
    package static func equal(_ lhs: String, _ rhs: String) -> Bool {
        equal(Array(lhs.utf8), Array(rhs.utf8))
    }
}
