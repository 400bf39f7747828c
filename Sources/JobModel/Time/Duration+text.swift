package import JSON

extension Duration {
    /// The longest a scenario or a request may ask for.
    package static let longest: Duration = .seconds(366 * 86400)
    /// A thousand years: what is longer counts as that.
    private static let endless = 31_622_400_000.0

    /// Reads `8`, `0.5`, `"500ms"`, `"30s"`, `"2m"`, `"1h"`, `"7d"`, `"1m30s"`; bare numbers are seconds.
    ///
    /// Nil for anything else, for negative ones, and for more than 366 days.
    package init?(scenario value: JSONValue) {
        guard let duration = Duration(ofAnyLength: value), duration <= Self.longest else { return nil }
        self = duration
    }

    /// Reads the same, however long it is.
    package init?(ofAnyLength value: JSONValue) {
        switch value {
        case .integer(let seconds) where seconds >= 0: self = .seconds(min(seconds, Int64(Self.endless)))
        case .number(let seconds) where seconds >= 0:
            self = .milliseconds(Int64(min(seconds, Self.endless) * 1000 + 0.5))
        case .string(let text):
            guard let duration = Self.parse(text) else { return nil }
            self = duration
        default: return nil
        }
    }

    private static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var total = Duration.zero
        var isFirst = true
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            guard digits.first != ".", let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let milliseconds = Self.milliseconds(in: unit, isAlone: isFirst && rest.isEmpty) else { return nil }
            total += .milliseconds(Int64(min(number * milliseconds, endless * 1000) + 0.5))
            isFirst = false
        }
        return isFirst ? nil : total
    }

    private static func milliseconds(in unit: Substring, isAlone: Bool) -> Double? {
        switch unit {
        case "" where isAlone: 1000
        case "ms": 1
        case "s": 1000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        default: nil
        }
    }

    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
