import Cryptography

/// Bytes of a text in which any character may be escaped: for a URL, a form, HTML, JSON, a script, a pattern or CSS, and the
/// escape once more for what is around that.
///
/// Valid only as long as the buffer is. What a place costs is bounded, whatever the text: see `depth`.
struct EscapedText {
    /// A character that can stand at a place, and where it ends there.
    struct Reading: Hashable {
        var character: Unicode.Scalar
        var end: Int
    }

    /// What an escape can begin with: `%`, `&`, `\`, `+`.
    static let openers: [UInt8] = [0x25, 0x26, 0x5C, 0x2B]
    /// Escapes looked for inside each other: those of a selector, in a quoted message, in JSON.
    private static let depth = 3
    /// With more backslashes in a row the first ones are backslashes of the text: an escape of what is behind them begins
    /// further on.
    private static let longestRun = 1 << depth
    private static let longestName = 10
    /// Of an escape that was cut short: half a pair of `\u`.
    private static let longestPiece = 11

    private static let entities: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}",
    ]
    /// What follows a backslash, and what it means; before any other character it means that character.
    private static let shortEscapes: [UInt8: Unicode.Scalar] = [
        0x62: "\u{08}", 0x66: "\u{0C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t", 0x76: "\u{0B}",
    ]

    let bytes: UnsafeBufferPointer<UInt8>

    /// Whether an escape can begin at `place`; otherwise one character stands there, as it is.
    func isOpener(at place: Int) -> Bool {
        switch byte(at: place) {
        case 0x25, 0x26, 0x5C, 0x2B: true
        default: false
        }
    }

    /// Whether nothing is left at `place`, or what may be a piece of an escape or of a character that was cut short.
    func isOver(at place: Int) -> Bool {
        guard place < bytes.count else { return true }
        let rest = bytes[place...]
        return isOpener(at: place) && rest.count <= Self.longestPiece && rest.allSatisfy(Self.isOfEscape)
            || endOfPlain("\u{FFFD}", at: place) == bytes.count
    }

    /// Where the character that stands at `place` as it is ends; nil when another stands there.
    func endOfPlain(_ character: Unicode.Scalar, at place: Int) -> Int? {
        guard bytes[min(place, bytes.count)...].starts(with: character.utf8) else { return nil }
        return place + character.utf8.count
    }

    /// Every character that can stand at `place`, as it is or escaped, once or in another escape.
    ///
    /// A text does not say what has been escaped: `%25` is one character, or three.
    func readings(at place: Int) -> [Reading] { readings(at: place, Self.depth) }

    private func readings(at place: Int, _ depth: Int) -> [Reading] {
        guard let plain = plain(at: place) else { return [] }
        var readings = [plain]
        guard depth > 0, isOpener(at: place) else { return readings }
        if plain.character == "+" { return readings + [Reading(character: " ", end: plain.end)] }
        if isLongRun(at: place) {
            // Each escape doubles one.
            return readings + (1...Self.depth).map { Reading(character: plain.character, end: place + 1 << $0) }
        }
        var known = 0
        for round in 1...depth where known < readings.count {
            let openers = readings[known...]
            known = readings.count
            for opener in openers {
                for reading in escapes(after: opener, from: place, depth - round) where !readings.contains(reading) {
                    readings.append(reading)
                }
            }
        }
        return readings
    }

    private func escapes(after opener: Reading, from place: Int, _ depth: Int) -> [Reading] {
        switch opener.character {
        case "%": percent(place..<opener.end)
        case "&": reference(at: opener.end, depth).map { [$0] } ?? []
        case "\\": backslash(place..<opener.end, depth)
        default: []
        }
    }

    private func isLongRun(at place: Int) -> Bool {
        let run = bytes[place...].prefix(Self.longestRun + 1)
        return run.count > Self.longestRun && run.allSatisfy { $0 == 0x5C }
    }

    // MARK: Kinds of escapes

    /// - Parameter sign: where the `%` is written, be it escaped itself.
    private func percent(_ sign: Range<Int>) -> [Reading] {
        guard let first = hexNumber(of: 2, at: sign.upperBound) else { return [] }
        // A page in Latin-1 has one byte for `ö`, UTF-8 two.
        let short = Self.reading(first, end: sign.upperBound + 2)
        let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        guard count > 1 else { return short.map { [$0] } ?? [] }
        var value = first & (0x7F >> UInt32(count))
        var place = sign.upperBound + 2
        for _ in 1..<count {
            guard let next = repeated(sign, at: place), let byte = hexNumber(of: 2, at: next), byte & 0xC0 == 0x80
            else {
                return short.map { [$0] } ?? []
            }
            value = value << 6 | byte & 0x3F
            place = next + 2
        }
        return [short, Self.reading(value, end: place)].compactMap { $0 }
    }

    /// `&quot;`, `&#34;`, `&#x22;`; their `#` and `;` may be escaped as their `&` was.
    private func reference(at start: Int, _ depth: Int) -> Reading? {
        var name = ""
        var place = start
        while name.utf8.count <= Self.longestName {
            let next = readings(at: place, depth).first { Self.isOfReference($0.character) }
            guard let next else { return nil }
            place = next.end
            guard next.character != ";" else { break }
            name.unicodeScalars.append(next.character)
        }
        if let character = Self.entities[name] { return Reading(character: character, end: place) }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let value =
            digits.hasPrefix("x") || digits.hasPrefix("X") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return value.flatMap { Self.reading($0, end: place) }
    }

    /// RFC 8259 §7, ECMAScript §12.9.4, CSS Syntax §4.3.7.
    private func backslash(_ sign: Range<Int>, _ depth: Int) -> [Reading] {
        let place = sign.upperBound
        guard let letter = byte(at: place) else { return [] }
        var found = readings(at: place, depth)
        if let character = Self.shortEscapes[letter] { found.append(Reading(character: character, end: place + 1)) }
        if letter == 0x75, let reading = unicode(sign) { found.append(reading) }
        if letter == 0x78, let value = hexNumber(of: 2, at: place + 1),
            let reading = Self.reading(value, end: place + 3)
        {
            found.append(reading)
        }
        if let reading = cascading(at: place, depth) { found.append(reading) }
        return found
    }

    /// `\u00e9`, a pair of them, or `\u{e9}`.
    private func unicode(_ sign: Range<Int>) -> Reading? {
        let place = sign.upperBound + 1
        if byte(at: place) == 0x7B {
            let count = hexDigits(at: place + 1)
            guard byte(at: place + 1 + count) == 0x7D, let value = hexNumber(of: count, at: place + 1) else {
                return nil
            }
            return Self.reading(value, end: place + 2 + count)
        }
        guard let unit = hexNumber(of: 4, at: place) else { return nil }
        guard (0xD800...0xDBFF).contains(unit) else { return Self.reading(unit, end: place + 4) }
        guard let next = repeated(sign, at: place + 4), byte(at: next) == 0x75,
            let low = hexNumber(of: 4, at: next + 1), (0xDC00...0xDFFF).contains(low)
        else { return nil }
        return Self.reading(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), end: next + 5)
    }

    /// `\2f `: one to six digits, and the white space that ends them.
    private func cascading(at place: Int, _ depth: Int) -> Reading? {
        let count = hexDigits(at: place)
        guard let value = hexNumber(of: count, at: place) else { return nil }
        let space = readings(at: place + count, depth).first {
            $0.character.value == 0x20 || $0.character.value == 0x0A
        }
        return Self.reading(value, end: space?.end ?? place + count)
    }

    // MARK: Pieces

    private static func isOfEscape(_ byte: UInt8) -> Bool {
        openers.contains(byte) || byte == 0x7B || isOfReference(Unicode.Scalar(byte))
    }

    private static func isOfReference(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "a"..."z", "A"..."Z", "0"..."9", "#", ";": true
        default: false
        }
    }

    private static func reading(_ value: UInt32, end: Int) -> Reading? {
        Unicode.Scalar(value).map { Reading(character: $0, end: end) }
    }

    /// Where the bytes of `sign` end when they stand at `place` once more.
    private func repeated(_ sign: Range<Int>, at place: Int) -> Int? {
        guard bytes[min(place, bytes.count)...].starts(with: bytes[sign]) else { return nil }
        return place + sign.count
    }

    private func plain(at place: Int) -> Reading? {
        guard let first = byte(at: place) else { return nil }
        guard first >= 0x80 else { return Reading(character: Unicode.Scalar(first), end: place + 1) }
        let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        let text = String(decoding: bytes[place...].prefix(count), as: UTF8.self)
        return text.unicodeScalars.first.map { Reading(character: $0, end: place + $0.utf8.count) }
    }

    /// Hexadecimal digits in a row, at most six.
    private func hexDigits(at place: Int) -> Int {
        bytes[min(place, bytes.count)...].prefix(6).prefix { Hex.value(of: $0) != nil }.count
    }

    private func hexNumber(of digits: Int, at place: Int) -> UInt32? {
        guard digits > 0 else { return nil }
        var number: UInt32 = 0
        for offset in 0..<digits {
            guard let digit = byte(at: place + offset).flatMap(Hex.value(of:)) else { return nil }
            number = number << 4 | UInt32(digit)
        }
        return number
    }

    private func byte(at place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }
}
