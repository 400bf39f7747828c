import Calendar
import JSON

/// When something is due again and again: `minute hour day-of-month month day-of-week`, as in crontab(5).
///
/// Lists, ranges, steps, names of months and days, `@hourly` and its like. When day of month and day of week are both given,
/// either is enough, as in crontab.
package struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    /// Bytes a new one may have.
    package static let lengthLimit = 200

    /// As it was written.
    package let description: String
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    /// Whether every hour counts, each time it is there, also when clocks go back; else a time of day, once a day.
    private let isEveryHour: Bool
    private let takesAnyDay: Bool
    private let takesAnyWeekday: Bool

    private static let nicknames = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Reads an expression.
    ///
    /// - Throws: `InvalidInput` that names the field and what may stand there.
    package init(_ text: String) throws(InvalidInput) {
        description = text
        let words = (Self.nicknames[text] ?? text).split { $0 == " " || $0 == "\t" }.map(String.init)
        guard words.count == 5 else {
            throw Self.problem(
                "'\(text.prefix(80))' has \(words.count) fields; write minute hour day-of-month month day-of-week, as '30 6 * * mon-fri'"
            )
        }
        minutes = try Self.field(words[0], "minute", 0...59)
        hours = try Self.field(words[1], "hour", 0...23)
        days = try Self.field(words[2], "day of month", 1...31)
        months = try Self.field(words[3], "month", 1...12, Self.monthNames, from: 1)
        weekdays = Set(try Self.field(words[4], "day of week", 0...7, Self.dayNames, from: 0).map { $0 % 7 })
        isEveryHour = words[1].hasPrefix("*")
        takesAnyDay = words[2].hasPrefix("*")
        takesAnyWeekday = words[4].hasPrefix("*")
        guard next(after: 0, in: nil) != nil else {
            throw Self.problem("'\(text)' never comes: no month has such a day")
        }
    }

    // MARK: Times

    /// The first time after another at which it is due, milliseconds since 1970; nil when that is more than 30 years ahead.
    ///
    /// A time of day that clocks skip is due as much later as they were put ahead; one they show twice is due the first time.
    /// With a `*` for the hour it is due whenever the clocks show the minute.
    ///
    /// - Parameter zone: whose clocks; nil for UTC.
    package func next(after time: Int64, in zone: TimeZoneRules?) -> Int64? {
        let after = time.flooredDivision(by: 1_000).quotient
        let offset = zone?.offset(at: after) ?? 0
        let today = (after + offset).flooredDivision(by: 86_400).quotient
        // The day before, for clocks put back over midnight; each with the day after it, for the same reason.
        for day in (today - 1)...(today + 10_958) where isDue(on: day) {
            let times = times(on: day, zone) + (isDue(on: day + 1) ? times(on: day + 1, zone) : [])
            if let first = times.filter({ $0 > after }).min() { return first * 1_000 }
        }
        return nil
    }

    private func isDue(on day: Int64) -> Bool {
        let date = CivilDate(daysSince1970: day)
        guard months.contains(date.month) else { return false }
        let isDay = days.contains(date.day)
        let isWeekday = weekdays.contains(Int((day + 4).flooredDivision(by: 7).remainder))
        return takesAnyDay || takesAnyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    /// When it is due on a local day, seconds since 1970.
    private func times(on day: Int64, _ zone: TimeZoneRules?) -> [Int64] {
        hours.flatMap { hour in
            minutes.flatMap { minute -> [Int64] in
                let local = day * 86_400 + Int64(hour * 3_600 + minute * 60)
                guard let zone else { return [local] }
                let times = zone.times(showing: local)
                if isEveryHour { return times }
                // In the jump: by the clock as it went before.
                return [times.first ?? local - zone.offset(at: local - 86_400)]
            }
        }
    }

    // MARK: Reading

    private static func field(
        _ text: String,
        _ name: String,
        _ range: ClosedRange<Int>,
        _ names: [String] = [],
        from first: Int = 0
    ) throws(InvalidInput) -> Set<Int> {
        var values: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            var bounds = range
            if pieces[0] != "*" {
                let ends = pieces[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
                let numbers = ends.map { Int($0) ?? names.firstIndex(of: $0.lowercased()).map { $0 + first } }
                guard let low = numbers[0], let high = numbers.last ?? low, range.contains(low), range.contains(high),
                    low <= high
                else { throw refusal(part, name, range) }
                // `5/10` is from 5 on.
                bounds = low...(ends.count == 1 && pieces.count == 2 ? range.upperBound : high)
            }
            guard let step = pieces.count == 2 ? Int(pieces[1]) : 1, (1...range.upperBound).contains(step) else {
                throw refusal(part, name, range)
            }
            values.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return values
    }

    private static func refusal(_ part: Substring, _ name: String, _ range: ClosedRange<Int>) -> InvalidInput {
        problem(
            "'\(part.prefix(40))' is no \(name); it goes from \(range.lowerBound) to \(range.upperBound), as *, 5, 1-5, */10 or 1,15"
        )
    }

    private static func problem(_ message: String) -> InvalidInput {
        InvalidInput(problems: [InvalidInput.Problem(pointer: "/cron", message: message)])
    }
}
