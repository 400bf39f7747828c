import JSON

extension YAMLScalar {
    /// Why a scalar has no value: the words for a `YAMLError`.
    struct Problem: Error {
        var code: YAMLError.Code
        var message: String
    }

    /// The value by the core schema of YAML 1.2 (§10.3.2), but numbers that would lose digits stay text.
    func value() throws(Problem) -> JSONValue {
        switch tag {
        case nil: return isPlain ? try plainValue() : .string(text)
        case "!", "tag:yaml.org,2002:str": return .string(text)
        case "tag:yaml.org,2002:null": return try tagged("!!null") { Self.isNull(text) ? .null : nil }
        case "tag:yaml.org,2002:bool": return try tagged("!!bool") { Self.boolean(text).map(JSONValue.bool) }
        case "tag:yaml.org,2002:int": return try tagged("!!int") { Self.integer(text).map(JSONValue.integer) }
        case "tag:yaml.org,2002:float":
            return try tagged("!!float") { Self.number(text).map(JSONValue.number) }
        default:
            throw Problem(code: .unsupportedTag, message: "the tag '\(tag ?? "")' is not supported; leave it out")
        }
    }

    private func tagged(_ name: String, _ read: () -> JSONValue?) throws(Problem) -> JSONValue {
        guard let value = read() else {
            throw Problem(code: .invalidScalar, message: "'\(text)' is not a value of \(name)")
        }
        return value
    }

    private func plainValue() throws(Problem) -> JSONValue {
        if Self.isNull(text) { return .null }
        if let boolean = Self.boolean(text) { return .bool(boolean) }
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return .string(text) }
        if [".inf", ".nan"].contains(text.drop { $0 == "+" || $0 == "-" }.lowercased()) {
            throw Problem(
                code: .invalidScalar,
                message: "'\(text)' has no form in JSON; put it into quotes if it is meant as text"
            )
        }
        if let integer = Self.integer(text), !Self.hasLeadingZero(text) { return .integer(integer) }
        if Self.looksFractional(text), let number = Self.number(text) { return .number(number) }
        return .string(text)
    }

    private static func isNull(_ text: String) -> Bool {
        ["", "~", "null", "Null", "NULL"].contains(text)
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    private static func integer(_ text: String) -> Int64? {
        if text.hasPrefix("0x") { return Int64(unsigned: text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return Int64(unsigned: text.dropFirst(2), radix: 8) }
        return Int64(text)
    }

    private static func hasLeadingZero(_ text: String) -> Bool {
        let digits = text.drop { $0 == "+" || $0 == "-" }
        return digits.count > 1 && digits.utf8.first == 0x30 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func looksFractional(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: ".")) || text.utf8.contains { $0 | 0x20 == UInt8(ascii: "e") }
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func number(_ text: String) -> Double? {
        var rest = Substring(text)
        func take(_ isWanted: (Character) -> Bool) -> Int {
            let run = rest.prefix(while: isWanted)
            rest = rest.dropFirst(run.count)
            return run.count
        }
        let isDigit: (Character) -> Bool = { ("0"..."9").contains($0) }
        if let first = rest.first, "+-".contains(first) { rest.removeFirst() }
        let whole = take(isDigit)
        var fraction = 0
        if rest.first == "." {
            rest.removeFirst()
            fraction = take(isDigit)
            guard whole + fraction > 0 else { return nil }
        } else if whole == 0 {
            return nil
        }
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            if let first = rest.first, "+-".contains(first) { rest.removeFirst() }
            guard take(isDigit) > 0 else { return nil }
        }
        guard rest.isEmpty, let number = Double(text.hasSuffix(".") ? text + "0" : text), number.isFinite else {
            return nil
        }
        return number
    }
}

extension Int64 {
    fileprivate init?(unsigned digits: Substring, radix: Int) {
        guard let first = digits.first, first != "+", first != "-" else { return nil }
        self.init(digits, radix: radix)
    }
}
