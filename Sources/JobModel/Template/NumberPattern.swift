import JSON

/// A pattern of `| number("#.##0,00", "de")`: how many digits at least and at most, and whether thousands are grouped.
///
/// `0` is a digit always written, `#` one written when needed. The separators are those of the locale: `de` (1.234,50),
/// `en` (1,234.50), `ch` (1'234.50). Halves are rounded away from zero, on the decimal digits as the number is written.
package struct NumberPattern: Sendable, Hashable {
    private struct Locale: Hashable {
        var group: Character
        var decimal: Character
    }

    private static let locales: [String: Locale] = [
        "de": Locale(group: ".", decimal: ","), "en": Locale(group: ",", decimal: "."),
        "ch": Locale(group: "'", decimal: "."),
    ]

    private let locale: Locale
    private let isGrouped: Bool
    private let minimumWhole: Int
    private let minimumFraction: Int
    private let maximumFraction: Int

    init(parsing pattern: String, locale name: String) throws(TemplateError) {
        guard let locale = Self.locales[String(name.prefix(2).lowercased())] else {
            throw TemplateError(.syntax, "there is no number locale '\(name)'; use de, en or ch")
        }
        let halves = pattern.split(separator: locale.decimal, maxSplits: 1, omittingEmptySubsequences: false)
        let whole = halves[0].filter { $0 != locale.group }
        let fraction = halves.count == 2 ? halves[1] : ""
        guard !whole.isEmpty, whole.allSatisfy("#0".contains), fraction.allSatisfy("#0".contains), fraction.count <= 20
        else {
            throw TemplateError(
                .syntax,
                "'\(pattern)' is no number pattern of locale '\(name)'; write for example "
                    + "#\(locale.group)##0\(locale.decimal)00"
            )
        }
        self.locale = locale
        isGrouped = halves[0].contains(locale.group)
        minimumWhole = whole.count { $0 == "0" }
        minimumFraction = fraction.count { $0 == "0" }
        maximumFraction = fraction.count
    }

    func format(_ value: JSONValue) throws(TemplateError) -> String {
        guard let decimal = Decimal(value) else {
            throw TemplateError(
                .unsuitable,
                "\(value.text()) is no number; the filter takes 1234.5, as a number or a text"
            )
        }
        let rounded = decimal.rounded(to: maximumFraction)
        var fraction = rounded.fraction
        while fraction.count > minimumFraction, fraction.last == 0 { fraction.removeLast() }
        fraction += Array(repeating: 0, count: max(0, minimumFraction - fraction.count))
        var whole = Array(rounded.whole.drop { $0 == 0 })
        whole = Array(repeating: 0, count: max(0, minimumWhole - whole.count)) + whole
        let isZero = (whole + fraction).allSatisfy { $0 == 0 }
        let sign = decimal.isNegative && !isZero ? "-" : ""
        let text = isGrouped ? grouped(whole) : Self.text(whole)
        return sign + text + (fraction.isEmpty ? "" : String(locale.decimal) + Self.text(fraction))
    }

    private func grouped(_ digits: [UInt8]) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(locale.group) }
            text += String(digit)
        }
        return text
    }

    private static func text(_ digits: [UInt8]) -> String { digits.map { String($0) }.joined() }
}

extension NumberPattern {
    /// A number as decimal digits: what is written counts, not its binary neighbour.
    private struct Decimal {
        var isNegative: Bool
        var whole: [UInt8]
        var fraction: [UInt8]

        init?(_ value: JSONValue) {
            let text: String
            switch value {
            case .integer(let integer): text = String(integer)
            case .number(let number) where number.isFinite && abs(number) < 1e21: text = number.description
            case .string(let string): text = string
            default: return nil
            }
            var rest = Substring(text)
            isNegative = rest.first == "-"
            if isNegative { rest.removeFirst() }
            let parts = rest.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
            let exponent = parts.count == 2 ? Int(parts[1]) : 0
            let halves = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let exponent, abs(exponent) <= 400, !halves[0].isEmpty, let whole = Self.digits(halves[0]),
                let fraction = Self.digits(halves.count == 2 ? halves[1] : "")
            else { return nil }
            let digits = whole + fraction
            let point = whole.count + exponent
            self.whole = point <= 0 ? [] : Array((digits + Self.zeros(point - digits.count)).prefix(point))
            self.fraction = point <= 0 ? Self.zeros(-point) + digits : Array(digits.dropFirst(point))
        }

        /// Half away from zero.
        func rounded(to count: Int) -> Decimal {
            guard fraction.count > count else { return self }
            var copy = self
            var digits = whole + fraction.prefix(count)
            if fraction[count] >= 5 {
                var index = digits.count - 1
                while index >= 0, digits[index] == 9 {
                    digits[index] = 0
                    index -= 1
                }
                if index >= 0 { digits[index] += 1 } else { digits.insert(1, at: 0) }
            }
            copy.whole = Array(digits.dropLast(count))
            copy.fraction = Array(digits.suffix(count))
            return copy
        }

        private static func digits(_ text: Substring) -> [UInt8]? {
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return text.utf8.map { $0 - 0x30 }
        }

        private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: max(0, count)) }
    }
}
