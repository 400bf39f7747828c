import JSON
import Testing

struct JSONValueTests {
    private let value: JSONValue = [
        "name": "x", "count": 3, "ratio": 0.5, "on": true, "none": nil, "rows": [["n": 1], ["n": 2]], "a/b": ["~": 9],
    ]

    @Test func `accessors give the value of their type or nil`() {
        #expect(value["name"]?.string == "x")
        #expect(value["count"]?.int == 3)
        #expect(value["count"]?.double == 3)
        #expect(value["ratio"]?.double == 0.5)
        #expect(value["ratio"]?.int == nil)
        #expect(value["on"]?.bool == true)
        #expect(value["none"]?.isNull == true)
        #expect(value["absent"] == nil)
        #expect(value["name"]?.int == nil)
        #expect(value["rows"]?[1]?["n"]?.int == 2)
        #expect(value["rows"]?[2] == nil)
    }

    @Test func `a whole number written with a fraction is an integer too`() {
        #expect(JSONValue.number(5).int == 5)
        #expect(JSONValue.number(1e300).int == nil)
        #expect(JSONValue.number(.nan).int == nil)
    }

    @Test func `a pointer leads to a value`() {
        #expect(value["/rows/1/n" as JSONPointer] == 2)
        #expect(value["/a~1b/~0" as JSONPointer] == 9)
        #expect(value["" as JSONPointer] == value)
        #expect(value["/rows/01/n" as JSONPointer] == nil)
        #expect(value["/rows/-" as JSONPointer] == nil)
        #expect(value["/name/x" as JSONPointer] == nil)
    }

    @Test(arguments: ["", "/", "/a", "/a~1b/~0~01/0", "//"])
    func `a pointer reads what it writes`(text: String) throws {
        #expect(try #require(JSONPointer(parsing: text)).description == text)
    }

    @Test(arguments: ["a", "/~", "/~2"])
    func `a malformed pointer is nil`(text: String) {
        #expect(JSONPointer(parsing: text) == nil)
    }

    @Test func `members are set, replaced and removed`() {
        var value: JSONValue = [:]
        value["a"] = 1
        value["b"] = 2
        value["a"] = 3
        #expect(value.text() == #"{"a":3,"b":2}"#)
        value["a"] = nil
        #expect(value.text() == #"{"b":2}"#)
    }

    @Test func `a large object stays right through removals`() {
        var object = JSONObject()
        for number in 0..<40 { object["k\(number)"] = JSONValue(number) }
        for number in stride(from: 0, to: 40, by: 2) { object["k\(number)"] = nil }
        #expect(object.count == 20)
        #expect(object["k7"] == 7)
        #expect(object["k8"] == nil)
        object["k8"] = 8
        #expect(object.keys.last == "k8")
    }

    @Test func `equality and hash ignore the order of members`() {
        let one: JSONObject = ["a": 1, "b": [2]]
        let two: JSONObject = ["b": [2], "a": 1]
        #expect(one == two)
        #expect(one.hashValue == two.hashValue)
        #expect(one != ["a": 1, "b": [3]])
        #expect(one != ["a": 1])
    }
}
