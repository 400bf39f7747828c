/// One way through a plain text.
struct PersonalDataScan {
    private let bytes: [UInt8]
    private var found: [PersonalData.Finding] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func run() -> [PersonalData.Finding] {
        var index = 0
        // Whether the word so far, or its part since a `_`, is letters alone.
        var isLetters = true
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "@") {
                email(at: index)
            } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "(") {
                if !isWord(before: index) { phone(at: index) }
            } else if Self.isDigit(byte) {
                if !isWord(before: index) { numbers(at: index) }
            } else if Self.isLetter(byte) {
                if !isWord(before: index) { lettered(at: index) } else if isLetters { glued(at: index) }
            }
            if Self.isDigit(byte) { isLetters = false } else if !Self.isWord(byte) || byte == 95 { isLetters = true }
            index += 1
        }
        return found
    }

    // MARK: Characters

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte & 0xDF) && byte > 64 }
    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == 32 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == 10 || byte == 13 || byte == 9
    }
    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || byte == PlainText.letter || byte == 95
    }

    private func isWord(before index: Int) -> Bool { index > 0 && Self.isWord(bytes[index - 1]) }
    private func isWord(at index: Int) -> Bool { index < bytes.count && Self.isWord(bytes[index]) }

    private mutating func add(_ kind: PersonalData.Kind, _ range: Range<Int>, _ score: Double) {
        let weight = ContextWords.weight(of: kind, in: bytes, at: range)
        found.append(.init(kind: kind, range: range, score: max(0, min(1, score + weight))))
    }

    // MARK: What begins with letters

    private mutating func lettered(at start: Int) {
        guard start + 4 < bytes.count, Self.isLetter(bytes[start + 1]) else { return }
        let (first, second) = (bytes[start] & 0xDF, bytes[start + 1] & 0xDF)
        iban(at: start)
        if first == UInt8(ascii: "D"), second == UInt8(ascii: "E"), let (characters, end) = characters(11, from: start),
            !isWord(at: end), characters[2...].allSatisfy(Self.isDigit), characters[2] != 48,
            CheckDigits.mod1110(characters[2...].map { Int($0) - 48 })
        {
            add(.vatID, start..<end, 0.7)
        }
    }

    private mutating func iban(at start: Int) {
        guard let length = IBANLengths.of(bytes[start] & 0xDF, bytes[start + 1] & 0xDF),
            let (characters, end) = characters(length, from: start, isGrouped: "/_".utf8.contains),
            characters[2...3].allSatisfy(Self.isDigit), isEndOfIBAN(end), CheckDigits.iban(characters)
        else { return }
        add(.iban, start..<end, 0.9)
    }

    /// Whether an IBAN may end before a place: where a word does, where another group or a word follows (`…3000BIC`).
    ///
    /// One letter or two with digits behind them are the middle of something longer, as a hash.
    private func isEndOfIBAN(_ index: Int) -> Bool {
        guard isWord(at: index), bytes[index] != 95 else { return true }
        let letters = bytes[index...].prefix(3).prefix { Self.isLetter($0) || $0 == PlainText.letter }.count
        return letters == 3 || letters > 0 && !isWord(at: index + letters)
    }

    /// An IBAN that goes on where a word ends: `IBANDE89…`. Of a word only its last two letters can begin one.
    private mutating func glued(at start: Int) {
        guard start + 4 < bytes.count, Self.isLetter(bytes[start + 1]), Self.isDigit(bytes[start + 2]) else { return }
        iban(at: start)
    }

    /// So many letters and digits in upper case, single separators between them skipped.
    ///
    /// - Parameter isGrouped: what separates beside what does everywhere.
    private func characters(
        _ count: Int,
        from start: Int,
        isGrouped: (UInt8) -> Bool = { _ in false }
    ) -> ([UInt8], end: Int)? {
        var characters: [UInt8] = []
        characters.reserveCapacity(count)
        var index = start
        var gap = 0
        while index < bytes.count, characters.count < count {
            let byte = bytes[index]
            if Self.isDigit(byte) {
                characters.append(byte)
                gap = 0
            } else if Self.isLetter(byte) {
                characters.append(byte & 0xDF)
                gap = 0
            } else {
                gap += 1
                guard Self.isSeparator(byte) || isGrouped(byte), gap <= 2 else { return nil }
            }
            index += 1
        }
        guard characters.count == count else { return nil }
        return (characters, index)
    }

    // MARK: What begins with digits

    private mutating func numbers(at start: Int) {
        // Behind a decimal point or inside a longer number with separators there is no beginning.
        if start > 1, bytes[start - 1] == UInt8(ascii: ".") || bytes[start - 1] == UInt8(ascii: ","),
            Self.isDigit(bytes[start - 2])
        {
            return
        }
        var digits: [Int] = []
        var index = start
        var ends: [(count: Int, end: Int)] = []
        while index < bytes.count, digits.count < 20 {
            let byte = bytes[index]
            if Self.isDigit(byte) {
                digits.append(Int(byte) - 48)
                index += 1
                continue
            }
            ends.append((digits.count, index))
            guard Self.isSeparator(byte), index + 1 < bytes.count, Self.isDigit(bytes[index + 1]) else { break }
            index += 1
        }
        if index == bytes.count { ends.append((digits.count, index)) }
        for (count, end) in ends where !isWord(at: end) {
            number(Array(digits.prefix(count)), start..<end)
        }
        taxNumber(at: start)
        if digits[0] == 0 { phone(at: start) }
    }

    private mutating func number(_ digits: [Int], _ range: Range<Int>) {
        if digits.count == 11, CheckDigits.taxID(digits) { add(.taxID, range, 0.65) }
        if (13...19).contains(digits.count), Self.isCard(digits), CheckDigits.luhn(digits) { add(.card, range, 0.7) }
    }

    /// Whether a card of this length can begin so (ISO/IEC 7812 numbers of the large schemes).
    private static func isCard(_ digits: [Int]) -> Bool {
        let four = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
        switch four {
        case 4000...4999: return [13, 16, 19].contains(digits.count)
        case 5100...5599, 2221...2720: return digits.count == 16
        case 3400...3499, 3700...3799: return digits.count == 15
        case 3000...3059, 3095, 3600...3699, 3800...3999: return digits.count >= 14
        case 3528...3589, 6011, 6440...6599, 6200...6299: return digits.count >= 16
        default: return false
        }
    }

    /// `181/815/08155` and the thirteen digits of the unified form; only words say that it is one.
    private mutating func taxNumber(at start: Int) {
        var digits = 0
        var slashes = 0
        var index = start
        while index < bytes.count, digits < 14, slashes < 3 {
            if Self.isDigit(bytes[index]) {
                digits += 1
            } else if bytes[index] == UInt8(ascii: "/") || bytes[index] == 32, index + 1 < bytes.count,
                Self.isDigit(bytes[index + 1])
            {
                slashes += 1
            } else {
                break
            }
            index += 1
        }
        guard !isWord(at: index),
            slashes == 2 && (10...11).contains(digits) || slashes == 0 && [10, 11, 13].contains(digits)
        else { return }
        add(.taxNumber, start..<index, 0.3)
    }

    // MARK: Telephone

    /// `+49 89 1234567`, `0049…`, `(089) 123 45-67`, `089/1234567`, `089 / 1234567`.
    private mutating func phone(at start: Int) {
        var digits: [Int] = []
        var index = start
        var end = start
        var separators = 0
        var gap = 0
        if bytes[index] == UInt8(ascii: "+") { index += 1 }
        while index < bytes.count, digits.count < 16 {
            let byte = bytes[index]
            if Self.isDigit(byte) {
                digits.append(Int(byte) - 48)
                end = index + 1
                gap = 0
            } else if " -/.()".utf8.contains(byte) {
                gap += 1
                // Behind an area code a slash may stand free; between two numbers it separates them.
                let isFreeSlash =
                    gap <= 4 && digits.count <= 6 && bytes[(index - gap + 1)...index].contains(UInt8(ascii: "/"))
                guard gap <= 2 || isFreeSlash else { break }
                if gap == 1, !digits.isEmpty { separators += 1 }
            } else {
                break
            }
            index += 1
        }
        guard !isWord(at: end), let first = digits.first else { return }
        let isInternational = bytes[start] == UInt8(ascii: "+")
        let isGerman = isInternational && digits.starts(with: [4, 9]) || digits.starts(with: [0, 0, 4, 9])
        if isGerman {
            guard (9...15).contains(digits.count) else { return }
            add(.phone, start..<end, 0.75)
        } else if isInternational {
            guard (8...15).contains(digits.count), first != 0 else { return }
            add(.phone, start..<end, 0.6)
        } else if first == 0, digits.count > 1, digits[1] != 0 {
            guard (7...13).contains(digits.count) else { return }
            // A bare row of digits needs a word beside it.
            add(.phone, start..<end, separators > 0 ? 0.45 : 0.25)
        }
    }

    // MARK: Mail

    private mutating func email(at sign: Int) {
        var start = sign
        while start > 0, sign - start < 64, Self.isLocal(bytes[start - 1]) { start -= 1 }
        while start < sign, bytes[start] == UInt8(ascii: ".") { start += 1 }
        guard start < sign else { return }
        var end = sign + 1
        var lastDot: Int?
        while end < bytes.count, end - sign < 255, Self.isDomain(bytes[end]) {
            if bytes[end] == UInt8(ascii: ".") {
                if end == sign + 1 || bytes[end - 1] == UInt8(ascii: ".") { break }
                lastDot = end
            }
            end += 1
        }
        if let dot = lastDot, dot == end - 1 { end = dot }
        guard let dot = bytes[(sign + 1)..<end].lastIndex(of: UInt8(ascii: ".")), end - dot > 2,
            bytes[(dot + 1)..<end].allSatisfy({ Self.isLetter($0) || $0 == PlainText.letter }),
            !Self.isPicture(bytes[..<end]), !(isContentID(at: start) && Self.isPicture(bytes[..<sign]))
        else { return }
        add(.email, start..<end, 0.95)
    }

    /// Endings of pictures' names, `logo@2x.png`; no domain ends in one of them.
    private static let pictureEndings = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"].map { Array($0.utf8) }

    private static func isPicture(_ name: ArraySlice<UInt8>) -> Bool {
        pictureEndings.contains { ending in
            name.suffix(ending.count).elementsEqual(ending) { $0 | 0x20 == $1 }
        }
    }

    /// Whether what begins here names a part of a mail: `cid:image001.png@01DA….…` (RFC 2392).
    private func isContentID(at start: Int) -> Bool {
        start >= 4 && bytes[(start - 4)..<start].elementsEqual("cid:".utf8) { $0 | 0x20 == $1 }
    }

    private static func isLocal(_ byte: UInt8) -> Bool { isWord(byte) || ".%+-'".utf8.contains(byte) }
    private static func isDomain(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || byte == PlainText.letter || byte == 45 || byte == 46
    }
}
