import JobModel

extension Duration {
    /// As people write it on the command line, in the largest unit that leaves no rest: `1m`, `90s`, `1500ms`.
    var words: String {
        let count = milliseconds
        let units: [(name: String, length: Int64)] = [
            ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
        ]
        guard count > 0, let unit = units.first(where: { count % $0.length == 0 }) else { return "\(count)ms" }
        return "\(count / unit.length)\(unit.name)"
    }
}
