import JSON
import Synchronization
import Testing

@testable import ExecutorHost

struct TerminalTests {
    private func written(_ body: (Terminal) -> Void) -> [String] {
        let lines = Mutex([String]())
        let terminal = Terminal(
            isStyled: true,
            result: { line in lines.withLock { $0.append(line) } },
            note: { line in lines.withLock { $0.append(line) } }
        )
        body(terminal)
        return lines.withLock { $0 }
    }

    @Test(arguments: [
        ("\u{1B}[31mRED", #"\u001b[31mRED"#), ("a\nb\r\nc\td", #"a\nb\r\nc\td"#),
        ("\u{0}\u{7}\u{7F}", #"\u0000\u0007\u007f"#),
        ("\u{9B}2J\u{85}", #"\u009b2J\u0085"#), ("\u{2028}\u{2029}", #"\u2028\u2029"#),
        ("\u{202A}\u{202E}", #"\u202a\u202e"#), ("\u{2066}\u{2069}", #"\u2066\u2069"#),
        ("für 5 € 👩‍👧 שלום", "für 5 € 👩‍👧 שלום"),
    ])
    func `a line shows what a terminal would act on`(text: String, shown: String) {
        #expect(written { $0.result(text) } == [shown])
        #expect(written { $0.note(text) } == [shown])
    }

    @Test func `a text keeps the line breaks of the program`() {
        #expect(written { $0.note(text: "a\n\n  b\u{1B}\n") } == ["a\n\n  b\\u001b\n"])
        #expect(written { $0.result(text: "a\nb") } == ["a\nb"])
    }

    @Test func `only the colours of the program come through`() {
        var line = StyledLine("a ")
        line.append("b\u{1B}[0m", .red)
        #expect(written { $0.note(line) } == ["a \u{1B}[31mb\\u001b[0m\u{1B}[0m"])
        #expect(line.text(isStyled: false) == #"a b\u001b[0m"#)
    }

    @Test func `JSON stays the same JSON`() throws {
        let json: JSONObject = ["name": "a\u{9B}\u{7F}\u{202E}\u{1B}\n\"\\"]
        let lines = written { $0.result(json.text()) }
        #expect(lines == [#"{"name":"a\u009b\u007f\u202e\u001b\n\"\\"}"#])
        #expect(try JSONValue(parsing: lines[0]) == .object(json))
    }
}
