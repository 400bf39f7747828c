import Testing

@testable import BrowserAutomation

@Suite struct KeyChordTests {
    @Test func `a chord presses modifiers first and lets go of them last`() throws {
        let events = try KeyChord(parsing: "Control+Shift+A").events
        #expect(events.map(\.key.key) == ["Control", "Shift", "A", "A", "Shift", "Control"])
        #expect(events.map(\.modifiers.rawValue) == [2, 10, 10, 10, 2, 0])
        #expect(events.allSatisfy { $0.text == nil })
    }

    @Test func `a letter types itself, Enter a carriage return, a shortcut nothing`() throws {
        #expect(try KeyChord(parsing: "a").events.map(\.text) == ["a", nil])
        #expect(try KeyChord(parsing: "Enter").events.map(\.text) == ["\r", nil])
        #expect(try KeyChord(parsing: "Control+C").events.map(\.key.key) == ["Control", "c", "c", "Control"])
        #expect(try KeyChord(parsing: "Control+C").events.map(\.modifiers) == [.control, .control, .control, []])
        #expect(try KeyChord(parsing: "Control+a").events.compactMap(\.text) == [])
        #expect(try KeyChord(parsing: "Shift+a").events.compactMap(\.text) == ["A"])
    }

    @Test func `the plus key can be pressed, alone and in a chord`() throws {
        #expect(try KeyChord(parsing: "+").key.code == "Equal")
        #expect(try KeyChord(parsing: "Control++").modifiers == .control)
    }

    @Test(arguments: ["Hallo", "Control+Hallo", "Foo+a", ""])
    func `an unknown key is named`(chord: String) throws {
        let error = try #require(throws: BrowserError.self) { try KeyChord(parsing: chord) }
        #expect(error.code == .invalidInput)
    }

    @Test func `every printable ASCII character has a key that types it`() {
        for byte in UInt8(32)...126 {
            let character = Character(Unicode.Scalar(byte))
            #expect(Key.typing(character)?.text == String(character))
        }
        #expect(Key.typing("ä") == nil)
    }
}
