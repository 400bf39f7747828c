import JSON
import JobModel

/// How much may come in a time.
package struct RateLimit: Sendable, Hashable, CustomStringConvertible {
    /// So many…
    package let count: Int
    /// …in this time.
    package let period: Duration

    /// A limit of at least one.
    package init(count: Int, period: Duration) {
        precondition(count > 0 && period > .zero, "A limit allows at least one in a time")
        self.count = count
        self.period = period
    }

    /// Reads `600/1m`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000_000).contains(count),
            let period = Duration(scenario: .string(String(parts[1]))), period >= .milliseconds(1),
            period <= .seconds(86_400)
        else { return nil }
        self.init(count: count, period: period)
    }

    /// `600/60s`
    package var description: String { "\(count)/\(seconds)s" }

    /// The time in whole seconds, at least 1.
    package var seconds: Int { max(1, Int(period.components.seconds)) }

    /// Nanoseconds between two when they come evenly.
    var interval: Int64 {
        let nanoseconds = period.components.seconds * 1_000_000_000 + period.components.attoseconds / 1_000_000_000
        return max(1, nanoseconds / Int64(count))
    }
}
