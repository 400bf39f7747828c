/// Lengths for people: `812 bytes`, `48 kB`, `3.5 MB`.
enum ByteCount {
    static func text(_ bytes: Int) -> String {
        switch bytes {
        case ..<1000: return "\(bytes) bytes"
        case ..<1_000_000: return "\((bytes + 500) / 1000) kB"
        default:
            let tenths = (bytes + 50_000) / 100_000
            return "\(tenths / 10).\(tenths % 10) MB"
        }
    }
}
