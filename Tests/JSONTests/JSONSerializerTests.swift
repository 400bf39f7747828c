import JSON
import Testing

struct JSONSerializerTests {
    @Test func `compact keeps the order and adds no spaces`() {
        let value: JSONValue = ["b": [1, 2.5, "x"], "a": nil, "c": [:], "d": []]
        #expect(value.text() == #"{"b":[1,2.5,"x"],"a":null,"c":{},"d":[]}"#)
    }

    @Test func `canonical sorts members at every level`() {
        let value: JSONValue = ["b": ["y": 1, "x": 2], "a": true, "Z": 0]
        #expect(value.text(.canonical) == #"{"Z":0,"a":true,"b":{"x":2,"y":1}}"#)
    }

    @Test func `canonical sorts by UTF-16 code units`() {
        // RFC 8785 §3.2.3: U+10000 and above sort before U+E000…U+FFFF.
        let value: JSONValue = ["\u{FB33}": 1, "\u{1F600}": 2]
        #expect(value.object?.keys == ["\u{FB33}", "\u{1F600}"])
        #expect(value.text(.canonical) == "{\"\u{1F600}\":2,\"\u{FB33}\":1}")
    }

    @Test func `pretty indents by two spaces`() {
        let value: JSONValue = ["a": [1], "b": [:]]
        #expect(value.text(.pretty) == "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}")
    }

    @Test func `strings are escaped where JSON demands it`() {
        #expect(JSONValue.string("\"\\\n\r\t\u{8}\u{c}\u{1}\u{1f}/ä😀").text() == #""\"\\\n\r\t\b\f\u0001\u001f/ä😀""#)
    }

    /// Sixteen bytes are looked at together: every byte at every place of such a group, alone and beside its neighbours.
    @Test func `what must be escaped is found at every place of a string`() throws {
        for length in [1, 15, 16, 17, 40] {
            for place in 0..<length {
                for byte in UInt8(0)...127 {
                    var bytes = [UInt8](repeating: UInt8(ascii: "!"), count: length)
                    bytes[place] = byte
                    if place + 1 < length { bytes[place + 1] = byte ^ 1 }
                    let text = String(decoding: bytes, as: UTF8.self)
                    let written = JSONValue.string(text).serialized()
                    let isPlain = bytes.allSatisfy { $0 >= 0x20 && !"\"\\".utf8.contains($0) }
                    #expect((written.count == length + 2) == isPlain, "\(bytes)")
                    #expect(try JSONValue(parsing: written).string == text)
                    let raw = Array("\"".utf8) + bytes + Array("\"".utf8)
                    #expect(((try? JSONValue(parsing: raw))?.string == text) == isPlain, "\(bytes)")
                }
            }
        }
    }

    @Test func `letters of several bytes survive at every place`() throws {
        for length in 0..<36 {
            let text = String(repeating: "a", count: length) + "ä😀\"é"
            #expect(try JSONValue(parsing: JSONValue.string(text).serialized()).string == text)
        }
    }

    @Test func `numbers without a JSON form become null`() {
        #expect(JSONValue.array([.number(.nan), .number(.infinity)]).text() == "[null,null]")
    }

    @Test(arguments: [
        JSONValue.integer(.min), .integer(.max), .number(0.1), .number(1e300), .number(.leastNonzeroMagnitude),
        .number(5),
        .number(1e16),
        .string("ä\u{0}\u{2028}"), ["a": [nil, true, ["b": "c"]]],
    ])
    func `what is written is read back the same`(value: JSONValue) throws {
        for style in [JSONStyle.compact, .canonical, .pretty] {
            #expect(try JSONValue(parsing: value.serialized(style)) == value)
        }
    }
}
