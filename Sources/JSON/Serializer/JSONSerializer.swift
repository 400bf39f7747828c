/// Writes values as JSON.
struct JSONSerializer {
    let style: JSONStyle
    var output: [UInt8] = []

    mutating func write(_ value: JSONValue, level: Int = 0) {
        switch value {
        case .null: output += "null".utf8
        case .bool(true): output += "true".utf8
        case .bool(false): output += "false".utf8
        case .integer(let integer): output += String(integer).utf8
        case .number(let number): write(number)
        case .string(let string): write(string)
        case .array(let array): write(array, level: level)
        case .object(let object): write(object, level: level)
        }
    }

    /// JSON knows no NaN and no infinity; `null` stands for them, as in JavaScript.
    private mutating func write(_ number: Double) {
        output += number.isFinite ? Array(number.description.utf8) : Array("null".utf8)
    }

    private mutating func write(_ array: [JSONValue], level: Int) {
        output.append(UInt8(ascii: "["))
        for (index, element) in array.enumerated() {
            separate(index == 0, level: level + 1)
            write(element, level: level + 1)
        }
        if !array.isEmpty { newline(level: level) }
        output.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ object: JSONObject, level: Int) {
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        func member(_ serializer: inout JSONSerializer, _ key: String, _ value: JSONValue) {
            serializer.separate(isFirst, level: level + 1)
            isFirst = false
            serializer.write(key)
            serializer.output.append(UInt8(ascii: ":"))
            if serializer.style == .pretty { serializer.output.append(UInt8(ascii: " ")) }
            serializer.write(value, level: level + 1)
        }
        if style == .canonical {
            let sorted = object.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
            for (key, value) in sorted { member(&self, key, value) }
        } else {
            for (key, value) in object { member(&self, key, value) }
        }
        if !object.isEmpty { newline(level: level) }
        output.append(UInt8(ascii: "}"))
    }

    private mutating func separate(_ isFirst: Bool, level: Int) {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        newline(level: level)
    }

    private mutating func newline(level: Int) {
        guard style == .pretty else { return }
        output.append(0x0A)
        output += repeatElement(0x20, count: level * 2)
    }

    /// Runs that need no escape are copied whole.
    private mutating func write(_ string: String) {
        var string = string
        output.append(UInt8(ascii: "\""))
        string.withUTF8 { bytes in
            var start = 0
            while true {
                let end = StringScan(bytes, from: start).end
                output.append(contentsOf: bytes[start..<end])
                guard end < bytes.count else { return }
                writeEscape(bytes[end])
                start = end + 1
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(_ byte: UInt8) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x00..<0x20: output += "u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
        default: output.append(byte)
        }
    }
}

extension JSONValue {
    /// The value as JSON in UTF-8.
    package func serialized(_ style: JSONStyle = .compact) -> [UInt8] {
        var serializer = JSONSerializer(style: style)
        // Most texts are short: they fit at once.
        serializer.output.reserveCapacity(256)
        serializer.write(self)
        return serializer.output
    }

    /// The value as JSON text.
    package func text(_ style: JSONStyle = .compact) -> String {
        String(decoding: serialized(style), as: UTF8.self)
    }
}

extension JSONObject {
    /// The object as JSON in UTF-8.
    package func serialized(_ style: JSONStyle = .compact) -> [UInt8] {
        JSONValue.object(self).serialized(style)
    }

    /// The object as JSON text.
    package func text(_ style: JSONStyle = .compact) -> String {
        JSONValue.object(self).text(style)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON text.
    package var description: String { text() }
}
