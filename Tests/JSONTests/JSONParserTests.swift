import JSON
import Testing

struct JSONParserTests {
    @Test func `reads every kind of value`() throws {
        let value = try JSONValue(parsing: #" {"a":[1,-2.5,true,false,null],"b":{"c":"d"}} "#)
        #expect(value == ["a": [1, -2.5, true, false, nil], "b": ["c": "d"]])
    }

    @Test func `members keep the order they were written in`() throws {
        let value = try JSONValue(parsing: #"{"z":1,"a":2,"m":3}"#)
        #expect(value.object?.keys == ["z", "a", "m"])
    }

    @Test(arguments: [
        ("0", JSONValue.integer(0)), ("-7", .integer(-7)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("123456789012345678901234567890", .number(1.2345678901234568e29)),
        ("0.1", .number(0.1)), ("1e3", .number(1000)), ("-1.5E-2", .number(-0.015)),
        ("1700000000.123456", .number(1700000000.123456)), ("5e-324", .number(.leastNonzeroMagnitude)),
        ("2.2250738585072014e-308", .number(2.2250738585072014e-308)),
        ("0.00000000000000000000000000001", .number(1e-29)), ("5.0", .number(5)),
        ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("0e99999999999", .number(0)),
    ])
    func `numbers keep every digit they can`(text: String, expected: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == expected)
    }

    @Test func `minus zero keeps its sign`() throws {
        #expect(try JSONValue(parsing: "-0").double?.sign == .minus)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e4\u20AC""#, "ä€"),
        (#""\ud83d\ude00!""#, "😀!"), ("\"äöü 😀\"", "äöü 😀"), (#""ä\n€""#, "ä\n€"), (#""\u0000""#, "\0"),
    ])
    func `strings are unescaped`(text: String, expected: String) throws {
        #expect(try JSONValue(parsing: text) == .string(expected))
    }

    @Test(arguments: [
        ("", JSONError.Code.unexpectedEnd, "line 1, column 1: expected a value, found the end"),
        ("{\"a\":1,}", .syntax, "line 1, column 8: expected a member name in double quotes, found '}'"),
        ("[1,\n 2,]", .syntax, "line 2, column 4 (at /2): expected a value, found ']'"),
        ("{\"a\":{\"b\":[1,x]}}", .syntax, "line 1, column 14 (at /a/b/1): expected a value, found 'x'"),
        ("{\"ä\": 1 \"b\"}", .syntax, "line 1, column 9: expected ',' or '}', found '\"'"),
        ("[1 2]", .syntax, "line 1, column 4: expected ',' or ']', found '2'"),
        ("[1", .unexpectedEnd, "line 1, column 3: expected ',' or ']', found the end"),
        ("{\"a\" 1}", .syntax, "line 1, column 6: expected ':' after 'a', found '1'"),
        ("{\"a\":1,\"a\":2}", .duplicateKey, "line 1, column 8 (at /a): the member 'a' is there twice"),
        ("1 2", .trailingContent, "line 1, column 3: expected the end of the document, found '2'"),
        ("\"a", .unexpectedEnd, "line 1, column 1: the string has no closing quote"),
        ("\"\\x\"", .syntax, "line 1, column 3: there is no escape '\\' followed by 'x'"),
        ("\"\\u12g4\"", .syntax, "line 1, column 6: expected four hexadecimal digits after '\\u', found 'g'"),
        ("\"\t\"", .syntax, "line 1, column 2: the control character 0x09 must be written as an escape in a string"),
        ("\"\\ud800\"", .invalidText, "line 1, column 2: the escape is half of a surrogate pair"),
        ("\"\\ude00\\ud83d\"", .invalidText, "line 1, column 2: the escape is half of a surrogate pair"),
        ("\"\\ud83d\\u0041\"", .invalidText, "line 1, column 2: the escape is half of a surrogate pair"),
        ("01", .syntax, "line 1, column 1: a number must not begin with 0"),
        ("1.", .unexpectedEnd, "line 1, column 3: expected a digit after '.', found the end"),
        ("-", .unexpectedEnd, "line 1, column 2: expected a digit, found the end"),
        ("+1", .syntax, "line 1, column 1: expected a value, found '+'"),
        (".5", .syntax, "line 1, column 1: expected a value, found '.'"),
        ("1e", .unexpectedEnd, "line 1, column 3: expected a digit in the exponent, found the end"),
        ("1e999", .numberOutOfRange, "line 1, column 1: the number is too large"),
        ("NaN", .syntax, "line 1, column 1: expected a value, found 'N'"),
        ("nul", .unexpectedEnd, "line 1, column 4: expected 'null', found the end"),
        ("trux", .syntax, "line 1, column 1: expected 'true'"),
        ("'a'", .syntax, "line 1, column 1: expected a value, found '''"),
        ("// c\n1", .syntax, "line 1, column 1: expected a value, found '/'"),
        ("\u{FEFF}1", .syntax, "line 1, column 1: expected a value, found a byte order mark"),
    ])
    func `says what is wrong and where`(text: String, code: JSONError.Code, message: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.code == code)
        #expect(error.description == message)
    }

    @Test func `invalid UTF-8 is refused`() throws {
        for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]] {
            let error = try #require(throws: JSONError.self) { try JSONValue(parsing: bytes) }
            #expect(error.code == .invalidText)
        }
    }

    @Test func `a trusted peer's invalid text is replaced`() throws {
        let options = JSONParsingOptions.trustedPeer
        #expect(try JSONValue(parsing: #""a\ud83d!""#, options: options) == "a\u{FFFD}!")
        #expect(try JSONValue(parsing: [0x22, 0x61, 0xFF, 0x22] as [UInt8], options: options) == "a\u{FFFD}")
    }

    @Test func `depth is limited`() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(throws: Never.self) { try JSONValue(parsing: deep) }
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: "[\(deep)]") }
        #expect(error.code == .tooDeep)
        #expect(error.message == "nested deeper than 64 levels")
    }

    @Test func `depth counts levels, not how many values there are`() throws {
        let wide = "[" + Array(repeating: "[{}]", count: 200).joined(separator: ",") + "]"
        #expect(throws: Never.self) { try JSONValue(parsing: wide) }
    }

    @Test func `length is limited`() throws {
        let error = try #require(throws: JSONError.self) {
            try JSONValue(parsing: "[1,2,3]", options: JSONParsingOptions(maximumBytes: 6))
        }
        #expect(error.code == .tooLarge)
    }

    @Test func `finds a member named twice among many`() throws {
        let members = (0..<100).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
        #expect(try JSONValue(parsing: "{\(members)}")["m77"] == 77)
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: "{\(members),\"m50\":0}") }
        #expect(error.code == .duplicateKey)
    }

    @Test func `every prefix of a document is an error, never a crash`() {
        let bytes = Array(#"{"a":[1.5e3,-2,"\ud83d\ude00ä",{"b":null,"c":[true,false]}]}"#.utf8)
        for length in 0..<bytes.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: bytes[..<length]) }
        }
    }
}
