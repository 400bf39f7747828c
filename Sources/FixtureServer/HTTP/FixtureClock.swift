import FoundationEssentials

/// The real time and real randomness of the fixtures; tests put their own in.
package enum FixtureClock {
    /// Milliseconds since 1970.
    package static let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }

    /// 128 random bits as 32 hexadecimal digits.
    package static let randomToken: @Sendable () -> String = {
        UUID().uuidString.lowercased().filter { $0 != "-" }
    }

    /// `Fri, 20 Nov 2026 22:40:07 +0000`
    static func rfc5322(_ milliseconds: Int64) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = rfc3339(milliseconds)
        let day = milliseconds.dividedFlooring(by: 86_400_000)
        let parts = date.prefix { $0 != "T" }.split(separator: "-")
        let month = months[(Int(parts[1]) ?? 1) - 1]
        let time = date.drop { $0 != "T" }.dropFirst().prefix(8)
        return "\(days[Int(((day % 7) + 7) % 7)]), \(parts[2]) \(month) \(parts[0]) \(time) +0000"
    }

    /// `2026-11-20T22:40:07Z`
    static func rfc3339(_ milliseconds: Int64) -> String {
        let seconds = Int(milliseconds.dividedFlooring(by: 1000))
        let day = CalendarDay(daysSince1970: seconds.dividedFlooring(by: 86_400))
        let time = ((seconds % 86_400) + 86_400) % 86_400
        let parts = [time / 3600, time / 60 % 60, time % 60].map(CalendarDay.twoDigits)
        return "\(day.iso8601)T\(parts.joined(separator: ":"))Z"
    }
}

extension BinaryInteger {
    fileprivate func dividedFlooring(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
