import Calendar

/// Points in time as text, RFC 3339: `2026-03-01T08:30:00Z`, `2026-03-01T09:30:00.250+01:00`.
package enum RFC3339 {
    /// Milliseconds since 1970; nil when the text is no date and time with an offset.
    ///
    /// Digits beyond milliseconds are dropped; a leap second counts as the second after.
    package static func parse(_ text: String) -> Int64? {
        var reader = Reader(text)
        guard
            let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.digits(2), reader.take(":"), let minute = reader.digits(2), reader.take(":"),
            let second = reader.digits(2),
            (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day),
            hour < 24, minute < 60, second <= 60, let milliseconds = reader.fraction(), let offset = reader.offset(),
            reader.isAtEnd
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let seconds = days * 86400 + Int64(hour * 3600 + minute * 60 + second - offset * 60)
        return seconds * 1000 + Int64(milliseconds)
    }

    /// The instant in UTC with milliseconds: `2026-03-01T08:30:00.250Z`.
    package static func format(_ milliseconds: Int64) -> String { Timestamp.text(milliseconds) }

    static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension RFC3339 {
    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            let run = rest.prefix(count)
            guard run.count == count, run.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest.removeFirst(count)
            return run.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// Milliseconds; 0 without a fraction, nil for a point without digits.
        mutating func fraction() -> Int? {
            guard take(".") else { return 0 }
            let run = rest.prefix { (0x30...0x39).contains($0) }
            guard !run.isEmpty else { return nil }
            rest.removeFirst(run.count)
            let digits = (run + [0x30, 0x30]).prefix(3)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// Minutes east of UTC.
        mutating func offset() -> Int? {
            if take("Z") || take("z") { return 0 }
            let sign = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60 else {
                return nil
            }
            return sign * (hours * 60 + minutes)
        }
    }
}
