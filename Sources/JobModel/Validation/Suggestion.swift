/// "Did you mean …" for words mistyped.
package enum Suggestion {
    /// The candidate nearest to a word, when it is near enough to be meant.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, word.count / 3)
        let lowered = Array(word.lowercased().unicodeScalars)
        return candidates.map { ($0, distance(lowered, Array($0.lowercased().unicodeScalars))) }
            .filter { $0.1 <= limit }
            .min { $0.1 < $1.1 }?.0
    }

    /// `; did you mean 'click'?`, or nothing.
    package static func phrase(for word: String, among candidates: some Sequence<String>) -> String {
        nearest(to: word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ one: [Unicode.Scalar], _ two: [Unicode.Scalar]) -> Int {
        guard one.count <= 64, two.count <= 64 else { return .max }
        var before: [Int] = []
        var last = Array(0...two.count)
        for row in 0..<one.count {
            var current = [row + 1]
            for column in 0..<two.count {
                let cost = one[row] == two[column] ? 0 : 1
                var best = min(last[column] + cost, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, one[row] == two[column - 1], one[row - 1] == two[column] {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            (before, last) = (last, current)
        }
        return last[two.count]
    }
}
