extension JSONParser {
    /// Reads a number: `Int64` when it is written as a whole number that fits, `Double` otherwise.
    mutating func number() throws(Failure) -> JSONValue {
        let start = index
        let isNegative = take(UInt8(ascii: "-"))
        var mantissa: UInt64 = 0
        var digits = 0
        guard index < bytes.count, isDigit else { throw expected("a digit") }
        if bytes[index] == UInt8(ascii: "0") {
            index += 1
            if index < bytes.count, isDigit { throw failure(.syntax, "a number must not begin with 0", at: start) }
        } else {
            readDigits(into: &mantissa, count: &digits)
        }
        var exponent = 0
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard index < bytes.count, isDigit else { throw expected("a digit after '.'") }
            let before = index
            readDigits(into: &mantissa, count: &digits)
            exponent = before - index
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            index += 1
            exponent += try readExponent()
        }
        if digits <= 19, isWhole {
            if !isNegative, mantissa <= UInt64(Int64.max) { return .integer(Int64(mantissa)) }
            if isNegative, mantissa != 0, mantissa <= UInt64(Int64.max) { return .integer(-Int64(mantissa)) }
            if isNegative, mantissa == UInt64(Int64.max) + 1 { return .integer(.min) }
        }
        // Both operands are exact here, so one rounding gives the nearest Double.
        if digits <= 19, mantissa <= 1 << 53, abs(exponent) < Self.powersOfTen.count {
            let power = Self.powersOfTen[abs(exponent)]
            let magnitude = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return .number(isNegative ? -magnitude : magnitude)
        }
        return try slowNumber(from: start)
    }

    private func slowNumber(from start: Int) throws(Failure) -> JSONValue {
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw failure(.numberOutOfRange, "the number is too large", at: start)
        }
        return .number(number)
    }

    private var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) }

    /// `digits` counts significant ones; above 19 the mantissa is not to be trusted.
    private mutating func readDigits(into mantissa: inout UInt64, count digits: inout Int) {
        while index < bytes.count, isDigit {
            let digit = UInt64(bytes[index] - UInt8(ascii: "0"))
            if digits < 19 { mantissa = mantissa * 10 + digit }
            if mantissa != 0 { digits += 1 }
            index += 1
        }
    }

    private mutating func readExponent() throws(Failure) -> Int {
        var isNegative = false
        if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
            isNegative = bytes[index] == UInt8(ascii: "-")
            index += 1
        }
        guard index < bytes.count, isDigit else { throw expected("a digit in the exponent") }
        var exponent = 0
        while index < bytes.count, isDigit {
            if exponent < 100_000 { exponent = exponent * 10 + Int(bytes[index] - UInt8(ascii: "0")) }
            index += 1
        }
        return isNegative ? -exponent : exponent
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
