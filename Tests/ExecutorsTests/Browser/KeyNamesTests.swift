import BrowserAutomation
import JobModel
import Testing

/// The names a scenario is judged by are those of the browser's keys.
@Suite struct KeyNamesTests {
    private func isTaken(_ chord: String) -> Bool { (try? KeyChord(parsing: chord)) != nil }

    @Test func `every name of the table is a key of the browser, in the cases it may have`() {
        let names = KeyNames.named + KeyNames.modifiers
        for name in KeyNames.codes + names + names.map({ $0.lowercased() }) + names.map({ $0.uppercased() }) {
            #expect(isTaken(name) && KeyNames.problem(with: name) == nil, "\(name)")
        }
        for name in KeyNames.modifiers { #expect(isTaken("\(name)+A"), "\(name)+A") }
    }

    @Test func `every key of the browser is in the table`() {
        for name in Key.names { #expect(KeyNames.problem(with: name) == nil, "\(name)") }
        #expect(Key.names.count > 150)
    }

    @Test(arguments: [
        "Enter", "Control+A", "Control++", "+", "++", "+++", "a", "Ä", "é", "€", " ", "", "Foo", "Foo+Bar", "Foo+A",
        "Control+", "Control+Foo", "keya", "KeyA", "numpad1", "Numpad1", "F24", "F25", "f12", "Ctrl+Shift+Tab", "A+B",
        "\n", "Shift+Control", "Control+Control", "  ", "~", "0", "😀",
    ]) func `both take the same chords`(chord: String) {
        #expect(isTaken(chord) == (KeyNames.problem(with: chord) == nil))
    }
}
