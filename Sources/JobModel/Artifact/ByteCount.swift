/// Lengths for people: `812 B`, `48 kB`, `3.1 MB`, `79.7 GB`.
package enum ByteCount {
    /// A length in the largest unit there is one of.
    package static func text(_ bytes: Int) -> String {
        switch bytes {
        case ..<1000: return "\(bytes) B"
        case ..<1_000_000: return "\((bytes + 500) / 1000) kB"
        case ..<1_000_000_000: return tenths(bytes, of: 1_000_000) + " MB"
        default: return tenths(bytes, of: 1_000_000_000) + " GB"
        }
    }

    private static func tenths(_ bytes: Int, of unit: Int) -> String {
        let tenths = (bytes / (unit / 10) * 10 + bytes / (unit / 100) % 10 + 5) / 10
        return "\(tenths / 10).\(tenths % 10)"
    }
}
