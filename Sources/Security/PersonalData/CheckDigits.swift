/// The check digits of numbers, each by the rule of who gives them out. Digits are values, not characters.
enum CheckDigits {
    /// ISO 7064 MOD 97-10 over an IBAN as written: letters count 10…35, the first four characters go last.
    static func iban(_ characters: [UInt8]) -> Bool {
        guard characters.count > 4 else { return false }
        var rest = 0
        for byte in characters[4...] + characters[..<4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): rest = (rest * 10 + Int(byte) - 48) % 97
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): rest = (rest * 100 + Int(byte) - 55) % 97
            default: return false
            }
        }
        return rest == 1
    }

    /// ISO 7064 MOD 11,10: the Steuer-ID and the German USt-IdNr.
    static func mod1110(_ digits: some Sequence<Int>) -> Bool {
        var product = 10
        var last = 0
        var count = 0
        var previous: Int?
        for digit in digits {
            if let previous {
                var sum = (previous + product) % 10
                if sum == 0 { sum = 10 }
                product = sum * 2 % 11
            }
            previous = digit
            last = digit
            count += 1
        }
        guard count > 1 else { return false }
        return (11 - product) % 10 == last
    }

    /// ISO/IEC 7812: cards.
    static func luhn(_ digits: [Int]) -> Bool {
        var sum = 0
        for (index, digit) in digits.reversed().enumerated() {
            let value = index % 2 == 0 ? digit : digit * 2
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }

    /// A Steuer-ID: among the first ten digits exactly one is there twice or three times, and not three in a row; the first is
    /// not 0, which test numbers have.
    static func taxID(_ digits: [Int], acceptsTestNumbers: Bool = false) -> Bool {
        guard digits.count == 11, acceptsTestNumbers || digits[0] != 0 else { return false }
        var counts = [Int](repeating: 0, count: 10)
        for digit in digits[..<10] { counts[digit] += 1 }
        let repeated = counts.filter { $0 > 1 }
        guard repeated.count == 1, let times = repeated.first, times <= 3 else { return false }
        if times == 3 {
            for index in 0..<8 where digits[index] == digits[index + 1] && digits[index] == digits[index + 2] {
                return false
            }
        }
        return mod1110(digits)
    }
}
