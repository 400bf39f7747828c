import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct KeyboardTests {
        static let recorder = """
            <input id=a value="12"><script>window.events = [];
            for (const type of ['keydown', 'keypress', 'beforeinput', 'input', 'keyup'])
              a.addEventListener(type, (e) => events.push(`${type} ${e.key ?? e.data}`))</script>
            """

        @Test func `typing a character is what a keyboard does`() async throws {
            try await withTestPage(Self.recorder) { page in
                try await page.session.type(Selector("#a"), "x", until: page.soon)
                #expect(
                    try await page.evaluate("events")
                        == "[\"keydown x\",\"keypress x\",\"beforeinput x\",\"input x\",\"keyup x\"]"
                )
                #expect(try await page.evaluate("a.value") == "\"12x\"")
            }
        }

        @Test func `types what no key types, capitals, and lines`() async throws {
            try await withTestPage("<textarea id=a></textarea>") { page in
                try await page.session.type(Selector("#a"), "Grüße, 世界!\nZeile #2", until: page.soon)
                #expect(try await page.evaluate("a.value") == "\"Grüße, 世界!\\nZeile #2\"")
            }
        }

        @Test func `types on where the focus is, with a pause between keys`() async throws {
            try await withTestPage("<input id=a autofocus>") { page in
                try await page.click("#a")
                let report = try await page.session.type(nil, "abc", delay: .milliseconds(10), until: page.soon)
                #expect(report.touched == "textbox #a")
                #expect(try await page.evaluate("a.value") == "\"abc\"")
            }
        }

        @Test func `Enter submits, and the answer is waited for`() async throws {
            try await withTestPage(file: "button.html") { page in
                _ = try await page.evaluate("document.body.innerHTML = '<form action=/echo><input id=q name=q></form>'")
                try await page.session.type(Selector("#q"), "x", until: page.soon)
                try await page.session.press(Selector("#q"), KeyChord(parsing: "Enter"), until: page.soon)
                #expect(await page.session.url == "\(page.site)/echo?q=x")
            }
        }

        @Test func `shortcuts edit: select all, copy, paste`() async throws {
            try await withTestPage("<input id=a value=kopie><input id=b>") { page in
                for (field, chord) in [
                    ("#a", "Control+A"), ("#a", "Control+C"), ("#b", "Control+V"), ("#b", "Control+V"),
                ] {
                    try await page.session.press(Selector(field), KeyChord(parsing: chord), until: page.soon)
                }
                try await page.session.press(Selector("#a"), KeyChord(parsing: "Delete"), until: page.soon)
                #expect(try await page.evaluate("[a.value, b.value]") == "[\"\",\"kopiekopie\"]")
            }
        }

        @Test func `Tab moves the focus, arrows the caret`() async throws {
            try await withTestPage("<input id=a value=ab><input id=b>") { page in
                try await page.session.press(Selector("#a"), KeyChord(parsing: "End"), until: page.soon)
                try await page.session.press(nil, KeyChord(parsing: "ArrowLeft"), until: page.soon)
                try await page.session.press(
                    nil,
                    KeyChord(parsing: "Shift+x"),
                    delay: .milliseconds(5),
                    until: page.soon
                )
                try await page.session.press(nil, KeyChord(parsing: "Tab"), until: page.soon)
                #expect(try await page.evaluate("[a.value, document.activeElement.id]") == "[\"aXb\",\"b\"]")
            }
        }
    }
}
