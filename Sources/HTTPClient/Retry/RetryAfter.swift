/// Reads the Retry-After header (RFC 9110 §10.2.3): seconds, or a date.
package enum RetryAfter {
    /// Seconds to wait from `now` (seconds since 1970); nil when the value is neither form; a date gone by is 0.
    package static func seconds(_ value: String, now: Int64) -> Int64? {
        if let seconds = Int64(value), seconds >= 0 { return seconds }
        return date(value).map { max(0, $0 - now) }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// A date of HTTP (RFC 9110 §5.6.7) in seconds since 1970; nil when it is none.
    ///
    /// The preferred form only, `Sun, 06 Nov 1994 08:49:37 GMT`: nobody sends the two obsolete ones.
    package static func date(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])),
            let day = number(parts[1], in: 1...31), let year = number(parts[3], in: 1970...9999)
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        // A leap second counts as the first of the next minute.
        guard time.count == 3, let hour = number(time[0], in: 0...23), let minute = number(time[1], in: 0...59),
            let second = number(time[2], in: 0...60)
        else { return nil }
        return days(year, Int64(month) + 1, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: Substring, in range: ClosedRange<Int64>) -> Int64? {
        guard let number = Int64(text), range.contains(number) else { return nil }
        return number
    }

    /// Days since 1970-01-01 in the Gregorian calendar; years begin in March so that the leap day is the last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
