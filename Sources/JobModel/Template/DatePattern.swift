import Calendar
import JSON

/// A pattern of `| date("dd.MM.yyyy HH:mm")`: `yyyy yy MM M dd d HH H mm m ss s`, the rest as it stands.
///
/// Letters that mean nothing must be in single quotes: `yyyy-MM-dd'T'HH:mm`.
package struct DatePattern: Sendable, Hashable {
    private enum Piece: Sendable, Hashable {
        case literal(String)
        case field(Character, width: Int)
    }

    private struct Moment {
        var date: CivilDate
        var secondOfDay: Int
    }

    private let pieces: [Piece]

    init(parsing pattern: String) throws(TemplateError) {
        var pieces: [Piece] = []
        var rest = Substring(pattern)
        while let first = rest.first {
            if first == "'" {
                let quoted = rest.dropFirst().prefix { $0 != "'" }
                pieces.append(.literal(quoted.isEmpty ? "'" : String(quoted)))
                rest = rest.dropFirst(quoted.count + 2)
            } else if first.isASCII, first.isLetter {
                let run = rest.prefix { $0 == first }
                guard Self.isKnown(first, run.count) else {
                    throw TemplateError(
                        .syntax,
                        "'\(run)' is no field of a date pattern; use yyyy, MM, dd, HH, mm, ss, or put letters in single quotes"
                    )
                }
                pieces.append(.field(first, width: run.count))
                rest = rest.dropFirst(run.count)
            } else {
                pieces.append(.literal(String(first)))
                rest = rest.dropFirst()
            }
        }
        self.pieces = pieces
    }

    private static func isKnown(_ letter: Character, _ count: Int) -> Bool {
        letter == "y" ? count == 4 || count == 2 : "MdHms".contains(letter) && count <= 2
    }

    func format(_ value: JSONValue) throws(TemplateError) -> String {
        guard let moment = Self.moment(value) else {
            throw TemplateError(
                .unsuitable,
                "\(value.text()) is no date; the filter takes 2026-03-01, 01.03.2026, or an RFC 3339 time"
            )
        }
        return pieces.map { piece in
            switch piece {
            case .literal(let text): text
            case .field(let letter, let width): Self.field(letter, width: width, of: moment)
            }
        }.joined()
    }

    private static func field(_ letter: Character, width: Int, of moment: Moment) -> String {
        let number =
            switch letter {
            case "y": width == 2 ? moment.date.year % 100 : moment.date.year
            case "M": moment.date.month
            case "d": moment.date.day
            case "H": moment.secondOfDay / 3600
            case "m": moment.secondOfDay / 60 % 60
            default: moment.secondOfDay % 60
            }
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days as they are; instants in UTC; numbers as milliseconds since 1970.
    private static func moment(_ value: JSONValue) -> Moment? {
        if case .integer(let milliseconds) = value { return moment(milliseconds: milliseconds) }
        guard let text = value.string else { return nil }
        if let milliseconds = RFC3339.parse(text) { return moment(milliseconds: milliseconds) }
        let iso = text.split(separator: "-", omittingEmptySubsequences: false)
        if iso.count == 3, iso[0].count == 4 { return day(iso[0], iso[1], iso[2]) }
        let german = text.split(separator: ".", omittingEmptySubsequences: false)
        if german.count == 3, german[2].count == 4 { return day(german[2], german[1], german[0]) }
        return nil
    }

    private static func moment(milliseconds: Int64) -> Moment {
        let (days, inDay) = milliseconds.flooredDivision(by: 86_400_000)
        return Moment(date: CivilDate(daysSince1970: days), secondOfDay: Int(inDay / 1000))
    }

    private static func day(_ year: Substring, _ month: Substring, _ day: Substring) -> Moment? {
        guard [year, month, day].allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(year), let month = Int(month), let day = Int(day),
            (1...12).contains(month), (1...RFC3339.daysIn(month: month, year: year)).contains(day)
        else { return nil }
        return Moment(date: CivilDate(year: year, month: month, day: day), secondOfDay: 0)
    }
}
