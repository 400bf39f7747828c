/// Dates as IMAP and mail headers have them.
enum IMAPDate {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// `20-Nov-2026 09:30:00 +0100` as `2026-11-20T08:30:00Z`.
    static func rfc3339(_ text: String) -> String? {
        let parts = text.split(separator: " ")
        guard parts.count == 3 else { return nil }
        let date = parts[0].split(separator: "-")
        let time = parts[1].split(separator: ":").compactMap { Int($0) }
        guard date.count == 3, time.count == 3, let day = Int(date[0]), let year = Int(date[2]),
            let month = months.firstIndex(of: date[1].lowercased()),
            let zone = Int(parts[2].drop { $0 == "+" || $0 == "-" })
        else { return nil }
        let offset = (zone / 100 * 60 + zone % 100) * (parts[2].hasPrefix("-") ? -60 : 60)
        return format(days(year, month + 1, day) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2] - offset)
    }

    /// `2026-11-20T…` as `20-Nov-2026`, for a search by day; nil when it is no date.
    static func day(_ rfc3339: String) -> String? {
        let parts = rfc3339.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1...12).contains(parts[1]) else { return nil }
        return "\(parts[2])-\(months[parts[1] - 1].capitalizedASCII)-\(parts[0])"
    }

    /// `Fri, 20 Nov 2026 08:30:00 +0000` (RFC 5322 §3.3).
    static func header(_ seconds: Int64) -> String {
        let days = Int(seconds / 86_400)
        let (year, month, day) = civil(days)
        let rest = Int(seconds % 86_400)
        let time = [rest / 3600, rest / 60 % 60, rest % 60].map(pad).joined(separator: ":")
        return "\(weekdays[days % 7]), \(pad(day)) \(months[month - 1].capitalizedASCII) \(year) \(time) +0000"
    }

    private static func format(_ seconds: Int) -> String {
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        let (year, month, day) = civil(days)
        let rest = seconds - days * 86_400
        let time = [rest / 3600, rest / 60 % 60, rest % 60].map(pad).joined(separator: ":")
        return "\(year)-\(pad(month))-\(pad(day))T\(time)Z"
    }

    private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Days since 1970-01-01 in the Gregorian calendar; years begin in March so that the leap day is the last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension String {
    /// The first letter in upper case.
    fileprivate var capitalizedASCII: String { prefix(1).uppercased() + dropFirst() }
}
