import JSON

extension Slot {
    /// What stands before or behind an amount; longer ones before those they begin with.
    private static let currencies = ["euro", "eur", "€", "usd", "$"]

    /// A number as people write it: `12 EUR`, `1.234,50` in German, `1,234.50` in English.
    ///
    /// `1.234` is more than a thousand to some and a little more than one to others: what may be both is refused.
    static func number(_ text: String) throws(Problem) -> JSONValue {
        let amount = withoutCurrency(text)
        let sign = amount.hasPrefix("-") ? "-" : ""
        let digits = amount.dropFirst(sign.count)
        if let whole = ambiguous(digits) {
            throw Problem(
                "must be a number that can be read in one way, '\(text.prefix(60))' may be a thousand or a fraction; "
                    + "write \(sign)\(whole) or \(sign)\(whole),00, or a fraction with another digit"
            )
        }
        guard let plain = plain(digits), let number = try? JSONValue(parsing: sign + plain), number.double != nil else {
            throw Problem("must be a number such as 12 or 3.5, is '\(text.prefix(60))'")
        }
        return number
    }

    private static func withoutCurrency(_ text: String) -> String {
        let small = text.lowercased()
        for currency in currencies {
            if small.hasSuffix(currency) { return String(text.dropLast(currency.count)).trimmed }
            if small.hasPrefix(currency) { return String(text.dropFirst(currency.count)).trimmed }
        }
        return text
    }

    /// The digits of what may be a thousand or a fraction: one mark with exactly three digits behind it.
    ///
    /// Nobody writes a thousand as `0.123` or `1234.567`.
    private static func ambiguous(_ digits: Substring) -> String? {
        let parts = digits.split(omittingEmptySubsequences: false, whereSeparator: isMark)
        guard parts.count == 2, parts[0].first != "0", (1...3).contains(parts[0].count), parts[1].count == 3 else {
            return nil
        }
        let whole = parts.joined()
        return whole.allSatisfy(\.isNumber) ? whole : nil
    }

    /// The same with a point before the fraction, nothing between thousands, and no zeros in front; nil when it is no number.
    private static func plain(_ digits: Substring) -> String? {
        guard digits.first?.isNumber == true else { return nil }
        guard let mark = digits.last(where: isMark) else { return withoutZeros(String(digits)) }
        let parts = digits.split(separator: mark, omittingEmptySubsequences: false)
        // A mark that is there twice stands between thousands; of two kinds the last is before the fraction.
        let hasFraction = parts.count == 2
        let groups = hasFraction ? parts[0].split(omittingEmptySubsequences: false, whereSeparator: isMark) : parts
        let isGrouped = (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
        guard groups.count == 1 || isGrouped else { return nil }
        let whole = withoutZeros(groups.joined())
        return hasFraction ? "\(whole).\(parts[1])" : whole
    }

    private static func withoutZeros(_ whole: String) -> String {
        let rest = whole.drop { $0 == "0" }
        return rest.first?.isNumber == true ? String(rest) : "0\(rest)"
    }

    private static func isMark(_ character: Character) -> Bool { character == "." || character == "," }
}
