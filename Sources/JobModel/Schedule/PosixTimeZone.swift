import Calendar

/// What holds after the last transition of a zone's table: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX, RFC 8536 §3.3).
struct PosixTimeZone: Sendable {
    private enum Day: Sendable {
        /// Month, week (5: the last), weekday (0: Sunday).
        case weekday(month: Int, week: Int, day: Int)
        /// Day of the year from 1, never counting February 29.
        case julian(Int)
        /// Day of the year from 0.
        case ordinal(Int)
    }

    private struct Rule: Sendable {
        var day: Day
        var time: Int64
    }

    private let standard: Int64
    private let summer: (offset: Int64, begins: Rule, ends: Rule)?

    /// Nil when the text is no such rule, or empty.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard Self.name(&rest), let west = Self.time(&rest) else { return nil }
        standard = -west
        guard !rest.isEmpty else {
            summer = nil
            return
        }
        guard Self.name(&rest) else { return nil }
        var offset = standard + 3_600
        if let next = rest.first, next != UInt8(ascii: ",") {
            guard let west = Self.time(&rest) else { return nil }
            offset = -west
        }
        guard Self.take(&rest, ","), let begins = Self.rule(&rest), Self.take(&rest, ","), let ends = Self.rule(&rest),
            rest.isEmpty
        else { return nil }
        summer = (offset, begins, ends)
    }

    /// Seconds east of UTC at a time, seconds since 1970.
    func offset(at time: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = CivilDate(daysSince1970: (time + standard).flooredDivision(by: 86_400).quotient).year
        let begins = Self.time(of: summer.begins, in: year) - standard
        let ends = Self.time(of: summer.ends, in: year) - summer.offset
        let isSummer = begins < ends ? (begins..<ends).contains(time) : !(ends..<begins).contains(time)
        return isSummer ? summer.offset : standard
    }

    /// Local seconds since 1970.
    private static func time(of rule: Rule, in year: Int) -> Int64 {
        let newYear = CivilDate(year: year, month: 1, day: 1).daysSince1970
        let day: Int64
        switch rule.day {
        case .ordinal(let number): day = newYear + Int64(number)
        case .julian(let number):
            let isLeap = RFC3339.daysIn(month: 2, year: year) == 29
            day = newYear + Int64(number - 1) + (isLeap && number >= 60 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let first = CivilDate(year: year, month: month, day: 1).daysSince1970
            // 1970-01-01 was a Thursday.
            let ahead = (Int64(weekday) - (first + 4)).flooredDivision(by: 7).remainder
            let last = first + Int64(RFC3339.daysIn(month: month, year: year))
            var found = first + ahead + Int64(7 * (week - 1))
            while found >= last { found -= 7 }
            day = found
        }
        return day * 86_400 + rule.time
    }

    // MARK: Reading

    private static func take(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private static func name(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if take(&rest, "<") {
            rest = rest.drop { $0 != UInt8(ascii: ">") }
            return take(&rest, ">")
        }
        let letters = rest.prefix { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }.prefix(4)
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// `[+-]h[h[h]][:mm[:ss]]` in seconds.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let sign: Int64 = take(&rest, "-") ? -1 : 1
        if sign == 1 { _ = take(&rest, "+") }
        guard let hours = number(&rest) else { return nil }
        var seconds = Int64(hours) * 3_600
        for unit in [60, 1] as [Int64] where take(&rest, ":") {
            guard let part = number(&rest) else { return nil }
            seconds += Int64(part) * unit
        }
        return sign * seconds
    }

    private static func rule(_ rest: inout ArraySlice<UInt8>) -> Rule? {
        let day: Day
        if take(&rest, "M") {
            guard let month = number(&rest), take(&rest, "."), let week = number(&rest), take(&rest, "."),
                let weekday = number(&rest), (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else {
            let isJulian = take(&rest, "J")
            guard let number = number(&rest), number <= 366 else { return nil }
            day = isJulian ? .julian(number) : .ordinal(number)
        }
        guard take(&rest, "/") else { return Rule(day: day, time: 7_200) }
        return time(&rest).map { Rule(day: day, time: $0) }
    }
}
