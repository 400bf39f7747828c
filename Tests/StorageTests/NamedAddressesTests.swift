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

    @Test func `what SQLite looks for is in lower case everywhere`() {
        #expect(NamedAddresses.asciiPart(of: "Anna@X.example") == "anna@x.example")
        #expect(NamedAddresses.asciiPart(of: "JÜRGEN@x.example") == "rgen@x.example")
        #expect(NamedAddresses.asciiPart(of: "ü@böse.example") == "se.example")
    }
}
