extension JSONParser {
    /// Reads a string; `index` is at its opening quote and ends after the closing one.
    mutating func string() throws(Failure) -> String {
        let opening = index
        let start = index + 1
        let scan = StringScan(bytes, from: start)
        let end = scan.end
        guard end < bytes.count else {
            throw failure(.unexpectedEnd, "the string has no closing quote", at: opening)
        }
        switch bytes[end] {
        case UInt8(ascii: "\""):
            index = end + 1
            return try text(UnsafeBufferPointer(rebasing: bytes[start..<end]), isASCII: scan.isASCII, at: start)
        case UInt8(ascii: "\\"): return try escapedString(from: start, firstEscape: end)
        default:
            index = end
            throw failure(.syntax, "\(found) must be written as an escape in a string")
        }
    }

    /// The way with escapes: the text is put together in `scratch`.
    private mutating func escapedString(from start: Int, firstEscape: Int) throws(Failure) -> String {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: bytes[start..<firstEscape])
        index = firstEscape
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                let collected = scratch
                return try collected.withUnsafeBufferPointer { buffer -> Result<String, Failure> in
                    do throws(Failure) { return .success(try text(buffer, isASCII: false, at: start)) } catch {
                        return .failure(error)
                    }
                }.get()
            case UInt8(ascii: "\\"):
                try escape()
            case ..<0x20:
                throw failure(.syntax, "\(found) must be written as an escape in a string")
            default:
                scratch.append(byte)
                index += 1
            }
        }
        throw failure(.unexpectedEnd, "the string has no closing quote", at: start - 1)
    }

    private func text(_ buffer: UnsafeBufferPointer<UInt8>, isASCII: Bool, at start: Int) throws(Failure) -> String {
        if isASCII || options.invalidText == .replace { return String(decoding: buffer, as: UTF8.self) }
        guard let string = String(validating: buffer, as: UTF8.self) else {
            throw failure(.invalidText, "the string is not valid UTF-8", at: start)
        }
        return string
    }

    private mutating func escape() throws(Failure) {
        guard index + 1 < bytes.count else { throw failure(.unexpectedEnd, "expected an escape, found the end") }
        let plain: UInt8
        switch bytes[index + 1] {
        case UInt8(ascii: "\""): plain = UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): plain = UInt8(ascii: "\\")
        case UInt8(ascii: "/"): plain = UInt8(ascii: "/")
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"): return try unicodeEscape()
        default:
            index += 1
            throw failure(.syntax, "there is no escape '\\' followed by \(found)")
        }
        scratch.append(plain)
        index += 2
    }

    private mutating func unicodeEscape() throws(Failure) {
        let start = index
        let unit = try codeUnit()
        switch unit {
        case 0xD800...0xDBFF:
            if index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") {
                let second = index
                let low = try codeUnit()
                if (0xDC00...0xDFFF).contains(low) {
                    append(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
                    return
                }
                index = second
            }
            try loneSurrogate(at: start)
        case 0xDC00...0xDFFF:
            try loneSurrogate(at: start)
        default:
            append(UInt32(unit))
        }
    }

    private mutating func loneSurrogate(at start: Int) throws(Failure) {
        guard options.invalidText == .replace else {
            throw failure(.invalidText, "the escape is half of a surrogate pair", at: start)
        }
        append(0xFFFD)
    }

    /// Reads `\uXXXX`.
    private mutating func codeUnit() throws(Failure) -> UInt16 {
        index += 2
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard index < bytes.count else {
                throw failure(.unexpectedEnd, "expected four hexadecimal digits, found the end")
            }
            guard let digit = Self.hexadecimal(bytes[index]) else {
                throw failure(.syntax, "expected four hexadecimal digits after '\\u', found \(found)")
            }
            unit = unit << 4 | digit
            index += 1
        }
        return unit
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    private mutating func append(_ codePoint: UInt32) {
        guard let scalar = Unicode.Scalar(codePoint) else { return }
        scratch.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
}
