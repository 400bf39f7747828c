import JSON
import Testing

@testable import Storage

@Suite struct NamedAddressesTests {
    @Test(arguments: [
        ("Hallo,\nanna@x.example\twie", "anna@x.example"), ("an <Anna@X.example>.", "anna@x.example"),
        ("'anna@x.example'", "anna@x.example"), ("o'brien@x.example", "o'brien@x.example"),
        ("JÜRGEN@böse.example", "jürgen@böse.example"), ("anna@x.example.", "anna@x.example"),
    ])
    func `an address is found wherever it stands in a text`(text: String, address: String) {
        let value: JSONValue = ["a": [["b": .string(text)]]]
        #expect(NamedAddresses.found(in: value) == [address])
        #expect(NamedAddresses.hold(address, in: value))
        #expect(NamedAddresses.hold(address, in: .object([text: true])), "a name in an object")
    }

    @Test func `an address that only resembles another is not that one, a file named after it is`() {
        for text in [
            "joanna@x.example", "anna@x.example.org", "anna@x.examples", "anna@x.example-2.org", "x.anna@x.example",
        ] {
            #expect(!NamedAddresses.hold("anna@x.example", in: text), "\(text)")
        }
        for text in ["Akte anna@x.example.pdf", "<anna@x.example>", "anna@x.example, b", "ANNA@X.EXAMPLE"] {
            #expect(NamedAddresses.hold("anna@x.example", in: text), "\(text)")
        }
    }

    @Test(arguments: [
        "anna%40x.example", "anna%2540x.example", "anna&#64;x.example", "anna&#x40;x.example", "anna&commat;x.example",
        "https://x/?mail=Anna%40x.example&page=2", "100% anna%40x.example", "anna＠x．example", "%61nna@x.example",
        "ａｎｎａ＠ｘ．ｅｘａｍｐｌｅ",
    ])
    func `an address is found however it is written`(text: String) {
        let value: JSONValue = ["a": [["b": .string(text)]]]
        #expect(NamedAddresses.hold("anna@x.example", in: value))
        #expect(NamedAddresses.found(in: value).contains("anna@x.example"))
        #expect(NamedAddresses.mayStand(in: value))
        #expect(!NamedAddresses.hold("nna@x.example", in: value))
    }

    @Test func `what is written in base64 is looked into, where a member says that it is`() {
        // "an anna@x.example"
        let value: JSONValue = ["tasks": [["base64": "YW4gYW5uYUB4LmV4YW1wbGU="]]]
        #expect(NamedAddresses.hold("anna@x.example", in: value))
        #expect(NamedAddresses.found(in: value) == ["anna@x.example"])
        #expect(!NamedAddresses.hold("anna@x.example", in: ["text": "YW4gYW5uYUB4LmV4YW1wbGU="]))
        #expect(!NamedAddresses.hold("anna@x.example", in: ["base64": "no base64 at all"]))
    }

    @Test func `an address inside of a link is found by itself`() {
        let found = NamedAddresses.found(in: "https://x/?to=anna@x.example&cc=bert@x.example#a")
        #expect(found.isSuperset(of: ["anna@x.example", "bert@x.example"]))
        #expect(NamedAddresses.found(in: "Akte/anna@x.example.pdf").contains("anna@x.example"))
    }

    @Test func `what looks like an escape and is none stays as it is`() {
        for text in ["50% & more", "%", "%4", "&", "&;", "&#1234567;", "&#xZZ;", "&nothing;", "%C3 alone"] {
            #expect(!NamedAddresses.mayStand(in: text), "\(text)")
            #expect(NamedAddresses.mayStand(in: text + "@"), "\(text)")
        }
    }

    /// What older programs noted of records decides whether something was taken out: more may not be asked for.
    @Test func `the words that must have been noted are those that stand there as they are`() {
        let value: JSONValue = ["a": "Anna@x.example, bert%40x.example", "base64": "YW5uYUB4LmV4YW1wbGU="]
        #expect(NamedAddresses.words(in: value) == ["anna@x.example"])
    }

    @Test(arguments: [
        ("Anna.Muster+1@X.example", ["muster", "example"]), ("JÜRGEN@x.example", ["rgen", "example"]),
        ("ü@böse.example", ["", "example"]),
    ])
    func `what SQLite looks for every spelling leaves alone`(address: String, expected: [String]) {
        let parts = NamedAddresses.plainParts(of: address)
        #expect([parts.local, parts.domain] == expected)
    }
}
