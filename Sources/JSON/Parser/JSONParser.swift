/// A strict reader of RFC 8259 over bytes.
///
/// One pass, no backtracking; recursion is bounded by `maximumDepth`. The bytes must outlive the parser: it lives only
/// inside `parse`.
struct JSONParser: ~Copyable {
    /// Where values and keys begin; filled only when somebody asks a `JSONDocument`.
    struct Places {
        var values: [JSONPointer: SourcePosition] = [:]
        var keys: [JSONPointer: SourcePosition] = [:]
        var path = JSONPointer()
        var position = SourcePosition.start
        var offset = 0
    }

    /// A `JSONError` in the making: the path is collected on the way out.
    struct Failure: Error {
        var code: JSONError.Code
        var message: String
        var offset: Int
        var reversedPath: [String] = []

        func inside(_ component: String) -> Failure {
            var copy = self
            copy.reversedPath.append(component)
            return copy
        }
    }

    let bytes: UnsafeBufferPointer<UInt8>
    let options: JSONParsingOptions
    var index = 0
    var scratch: [UInt8] = []
    private var depth = 0
    private var places: Places?

    private init(_ bytes: UnsafeBufferPointer<UInt8>, options: JSONParsingOptions, places: Places?) {
        self.bytes = bytes
        self.options = options
        self.places = places
    }

    static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>,
        options: JSONParsingOptions
    ) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes, options: options, places: nil)
        return try parser.document()
    }

    /// Where everything is in a text that was read before.
    static func places(in bytes: [UInt8], options: JSONParsingOptions) -> Places {
        bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer, options: options, places: Places())
            _ = try? parser.document()
            return parser.places ?? Places()
        }
    }

    private mutating func document() throws(JSONError) -> JSONValue {
        do throws(Failure) {
            guard bytes.count <= options.maximumBytes else {
                throw failure(.tooLarge, "the document has \(bytes.count) bytes, the limit is \(options.maximumBytes)")
            }
            skipWhitespace()
            let result = try value()
            skipWhitespace()
            if index < bytes.count {
                throw failure(.trailingContent, "expected the end of the document, found \(found)")
            }
            return result
        } catch {
            var position = SourcePosition.start
            position.advance(over: bytes[..<min(error.offset, bytes.count)])
            throw JSONError(
                code: error.code,
                message: error.message,
                position: position,
                offset: error.offset,
                pointer: JSONPointer(error.reversedPath.reversed())
            )
        }
    }

    // MARK: Values

    private mutating func value() throws(Failure) -> JSONValue {
        guard index < bytes.count else { throw failure(.unexpectedEnd, "expected a value, found the end") }
        if places != nil { recordValue() }
        switch bytes[index] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure(.syntax, "expected a value, found \(found)")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
        let length = word.utf8CodeUnitCount
        for offset in 0..<length {
            guard index + offset < bytes.count else {
                index = bytes.count
                throw failure(.unexpectedEnd, "expected '\(word)', found the end")
            }
            guard bytes[index + offset] == word.utf8Start[offset] else {
                throw failure(.syntax, "expected '\(word)'")
            }
        }
        index += length
        return value
    }

    private mutating func object() throws(Failure) -> JSONObject {
        try enter()
        index += 1
        var object = JSONObject()
        skipWhitespace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return object
        }
        object.reserveCapacity(4)
        while true {
            guard index < bytes.count else { throw failure(.unexpectedEnd, "expected a member name, found the end") }
            guard bytes[index] == UInt8(ascii: "\"") else {
                throw failure(.syntax, "expected a member name in double quotes, found \(found)")
            }
            let keyIndex = index
            let key = try string()
            if places != nil { recordKey(key, at: keyIndex) }
            if object.contains(key) {
                throw failure(.duplicateKey, "the member '\(key)' is there twice", at: keyIndex).inside(key)
            }
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw expected("':' after '\(key)'") }
            skipWhitespace()
            do throws(Failure) {
                object.append(unchecked: key, try value())
            } catch {
                throw error.inside(key)
            }
            places?.path.components.removeLast()
            skipWhitespace()
            if take(UInt8(ascii: ",")) {
                skipWhitespace()
                continue
            }
            guard take(UInt8(ascii: "}")) else { throw expected("',' or '}'") }
            depth -= 1
            return object
        }
    }

    private mutating func array() throws(Failure) -> [JSONValue] {
        try enter()
        index += 1
        var array: [JSONValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return array
        }
        while true {
            places?.path.components.append(String(array.count))
            do throws(Failure) {
                array.append(try value())
            } catch {
                throw error.inside(String(array.count))
            }
            places?.path.components.removeLast()
            skipWhitespace()
            if take(UInt8(ascii: ",")) {
                skipWhitespace()
                continue
            }
            guard take(UInt8(ascii: "]")) else { throw expected("',' or ']'") }
            depth -= 1
            return array
        }
    }

    private mutating func enter() throws(Failure) {
        depth += 1
        if depth > options.maximumDepth {
            throw failure(.tooDeep, "nested deeper than \(options.maximumDepth) levels")
        }
    }

    // MARK: Bytes

    mutating func skipWhitespace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    func failure(_ code: JSONError.Code, _ message: String, at offset: Int? = nil) -> Failure {
        Failure(code: code, message: message, offset: offset ?? index)
    }

    func expected(_ what: String) -> Failure {
        index < bytes.count
            ? failure(.syntax, "expected \(what), found \(found)")
            : failure(.unexpectedEnd, "expected \(what), found the end")
    }

    /// The byte at hand, for messages.
    var found: String {
        guard index < bytes.count else { return "the end" }
        let byte = bytes[index]
        return switch byte {
        case 0x21...0x7E: "'\(Character(Unicode.Scalar(byte)))'"
        case 0x00...0x20, 0x7F: "the control character 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        case 0xEF where index == 0: "a byte order mark"
        default: "a character outside ASCII"
        }
    }

    // MARK: Places

    private mutating func recordValue() {
        guard let position = walk(to: index), let path = places?.path else { return }
        places?.values[path] = position
    }

    private mutating func recordKey(_ key: String, at offset: Int) {
        places?.path.components.append(key)
        guard let position = walk(to: offset), let path = places?.path else { return }
        places?.keys[path] = position
    }

    /// Places are asked for in rising order but for a key, which is asked for after it was read.
    private mutating func walk(to offset: Int) -> SourcePosition? {
        guard let from = places?.offset else { return nil }
        places?.position.advance(over: bytes[from..<offset])
        places?.offset = offset
        return places?.position
    }
}
