import JSON
import Testing
import YAML

struct YAMLScalarTests {
    private func read(_ text: String) throws -> JSONValue {
        try JSONDocument(parsingYAML: Array("v: \(text)\n".utf8)).value["v"] ?? "absent"
    }

    @Test(arguments: [
        ("", JSONValue.null), ("~", .null), ("null", .null), ("true", .bool(true)), ("FALSE", .bool(false)),
        ("8", .integer(8)), ("-3", .integer(-3)), ("+3", .integer(3)), ("0x1F", .integer(31)), ("0o17", .integer(15)),
        ("0", .integer(0)), ("9223372036854775807", .integer(.max)), ("1.5", .number(1.5)), ("1e3", .number(1000)),
        (".5", .number(0.5)), ("5.", .number(5)), ("-1.5E-2", .number(-0.015)),
    ])
    func `plain scalars get the type they look like`(text: String, expected: JSONValue) throws {
        #expect(try read(text) == expected)
    }

    @Test(arguments: [
        "yes", "no", "on", "off", "y", "n", "12:30:45", "190:20:30", "2026-03-01", "1_000", "0b101", "1.2.3", "e3",
        "+", "0x", "0xZZ", "0o8", "1e", "30s", "nul", "tRUE", "+.e", "127.0.0.1",
    ])
    func `everything else is text`(text: String) throws {
        #expect(try read(text) == .string(text))
    }

    @Test(arguments: ["01067", "-007", "00", "12345678901234567890", "DE02120300000000202051"])
    func `numbers that would lose digits stay text`(text: String) throws {
        #expect(try read(text) == .string(text))
    }

    @Test(arguments: [("\"8\"", "8"), ("'true'", "true"), ("\"\"", ""), ("\"a\\nb\"", "a\nb"), ("'it''s'", "it's")])
    func `quoted scalars are text`(text: String, expected: String) throws {
        #expect(try read(text) == .string(expected))
    }

    @Test func `block scalars are text`() throws {
        #expect(try read("|\n  1\n  2\n") == "1\n2\n")
        #expect(try read(">-\n  a\n  b\n") == "a b")
    }

    @Test func `a tag decides`() throws {
        #expect(try read("!!str 8") == "8")
        #expect(try read("! 8") == "8")
        #expect(try read("!!int \"8\"") == 8)
        #expect(try read("!!float 8") == .number(8))
    }

    @Test(arguments: [
        ("!!int x", "t.yaml:1:4: 'x' is not a value of !!int"),
        ("!python/object x", "t.yaml:1:4: the tag '!python/object' is not supported; leave it out"),
        (".inf", "t.yaml:1:4: '.inf' has no form in JSON; put it into quotes if it is meant as text"),
        ("-.NaN", "t.yaml:1:4: '-.NaN' has no form in JSON; put it into quotes if it is meant as text"),
    ])
    func `says what it cannot take`(text: String, message: String) throws {
        let error = try #require(throws: YAMLError.self) {
            try JSONDocument(parsingYAML: Array("v: \(text)\n".utf8), file: "t.yaml")
        }
        #expect(error.description == message)
    }
}
