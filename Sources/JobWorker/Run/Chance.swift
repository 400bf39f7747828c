import JobModel

/// Chance that a run can be repeated with: the same job, step and try give the same numbers, different jobs different ones.
struct Chance {
    private let seed: UInt64

    init(_ job: JobID, _ place: JobPlan.JournalPlace, try number: Int) {
        // FNV-1a (RFC draft-eastlake-fnv) over what names the try.
        let text = "\(job.rawValue)/\(place.step.rawValue)/\(place.iteration)/\(number)"
        seed = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// A number of the range.
    func number(_ range: ClosedRange<Int64>) -> Int64 {
        // One round of SplitMix64: the low bits of FNV alone are not even.
        var mixed = seed &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        let count = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int64(mixed % count)
    }
}
