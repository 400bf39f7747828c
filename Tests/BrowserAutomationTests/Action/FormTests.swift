import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct FormTests {
        @Test func `fills every type of field, with input and change`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                for (id, value) in [
                    ("text", "Müller & Söhne 🙂"), ("password", "geheim"), ("email", "a@b.de"), ("number", "12.5"),
                    ("tel", "+49 30 1"), ("search", "x"), ("url", "https://a.de"), ("date", "2026-11-20"),
                    ("time", "13:45"),
                    ("datetime", "2026-11-20T13:45"), ("month", "2026-11"), ("week", "2026-W47"), ("color", "#00aa7f"),
                    ("range", "42"), ("area", "zwei\nZeilen"), ("text", ""),
                ] {
                    try await page.fill("#\(id)", value)
                    let now = try await page.evaluate("document.querySelector('#\(id)').value")
                    #expect(now == JSONText(.string(value)), "\(id)")
                    _ = try await page.evaluate("document.activeElement.blur()")
                    let events = try await page.evaluate(
                        "['input', 'change'].map((type) => events.includes(`${type} \(id)`))"
                    )
                    #expect(events == "[true,true]", "\(id)")
                }
            }
        }

        @Test func `fills what can be edited, lines included`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                let report = try await page.fill("label=Brief", "eins\nzwei")
                #expect(report.touched == "div \"Brief\"")
                #expect(try await page.evaluate("rich.innerText") == "\"eins\\nzwei\"")
            }
        }

        @Test func `says why a field does not take a text`() async throws {
            let cases: [(String, String, BrowserError.Code, String)] = [
                ("#date", "morgen", BrowserError.Code.invalidInput, "2026-12-31"),
                ("#number", "zwölf", .invalidInput, "digits"),
                ("#list", "x", .notEditable, "select"),
                ("#agree", "x", .notEditable, "check"),
                ("button", "x", .notEditable, "takes no text"),
            ]
            try await withTestPage(file: "inputs.html") { page in
                for (selector, text, code, words) in cases {
                    let error = await failure { try await page.fill(selector, text) }
                    #expect(error?.code == code)
                    #expect(error?.message.contains(words) == true)
                }
            }
        }

        @Test(arguments: ["disabled", "readOnly", "hidden"])
        func `waits for a field that is not ready`(property: String) async throws {
            try await withTestPage(file: "inputs.html") { page in
                _ = try await page.evaluate("text.\(property) = true; setTimeout(() => text.\(property) = false, 150)")
                try await page.fill("#text", "neu")
                #expect(try await page.evaluate("text.value") == "\"neu\"")
                _ = try await page.evaluate("text.\(property) = true")
                let error = await failure { try await page.fill("#text", "nie", within: .milliseconds(150)) }
                #expect([.notEnabled, .notEditable, .notVisible].contains(error?.code))
                #expect(try await page.evaluate("text.value") == "\"neu\"")
            }
        }

        @Test func `fills in a frame while the focus is in another`() async throws {
            try await withTestPage(file: "frames.html") { page in
                _ = try await page.evaluate(
                    "document.body.insertAdjacentHTML('beforeend', '<input id=here>'); here.focus()"
                )
                try await page.fill("frame=#outer >> frame=#inner >> #field", "drin")
                let inner = "document.querySelector('#outer').contentDocument.querySelector('#inner').contentDocument"
                #expect(
                    try await page.evaluate("[here.value, \(inner).querySelector('#field').value]") == "[\"\",\"drin\"]"
                )
            }
        }

        @Test func `a fill that navigates is no failure`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                _ = try await page.evaluate("text.oninput = () => { location = '/echo?filled' }")
                try await page.fill("#text", "x")
                #expect(await page.session.url == "\(page.site)/echo?filled")
            }
        }

        @Test func `the label of a field stands for it`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                try await page.fill("label[for=text]", "neu")
                #expect(try await page.evaluate("text.value") == "\"neu\"")
            }
        }

        @Test func `React's own value property does not hide the change`() async throws {
            let source = """
                <input id=a type=date><script>
                const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
                let tracked = '';
                Object.defineProperty(a, 'value', { get() { return own.get.call(this) }, set(v) { tracked = v; own.set.call(this, v) } });
                a.addEventListener('input', () => { if (own.get.call(a) !== tracked) window.noticed = own.get.call(a) });
                </script>
                """
            try await withTestPage(source) { page in
                try await page.fill("#a", "2026-11-20")
                #expect(try await page.evaluate("window.noticed") == "\"2026-11-20\"")
            }
        }

        // MARK: Boxes

        @Test func `checks and unchecks boxes, visible or behind their label, and radio buttons`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                for selector in ["label=AGB", "#hiddenbox", "#two"] {
                    try await page.session.setChecked(true, Selector(selector), until: page.soon)
                }
                #expect(
                    try await page.evaluate("[agree.checked, hiddenbox.checked, two.checked]") == "[true,true,true]"
                )
                try await page.session.setChecked(true, Selector("#agree"), until: page.soon)
                try await page.session.setChecked(false, Selector("#hiddenbox"), until: page.soon)
                #expect(try await page.evaluate("[agree.checked, hiddenbox.checked]") == "[true,false]")
            }
        }

        @Test func `says why a box does not change`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                _ = try await page.evaluate("two.checked = true; agree.onclick = () => false")
                for (selector, wanted, words) in [
                    ("#two", false, "unchecked only by checking another one"),
                    ("#text", true, "neither a checkbox nor a radio button"),
                    ("#agree", true, "did not change its state"),
                ] {
                    let error = await failure {
                        try await page.session.setChecked(wanted, Selector(selector), until: page.soon)
                    }
                    #expect(error?.message.contains(words) == true)
                }
            }
        }

        // MARK: Lists

        @Test func `selects by value, label, place or either`() async throws {
            let cases: [([SelectOption], String)] = [
                ([SelectOption.value("2")], "2"), ([.label("Februar")], "2"), ([.index(1)], "1"),
                ([.text("Januar")], "1"),
                ([.text("2")], "2"),
            ]
            for (options, value) in cases {
                try await withTestPage(file: "inputs.html") { page in
                    let report = try await page.session.select(Selector("#list"), options, until: page.soon)
                    #expect(report.value == [.string(value)])
                    let after = try await page.evaluate("[list.value, ...events].join()")
                    #expect(after == JSONText(.string("\(value),input list,change list")))
                }
            }
        }

        @Test func `selects several`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                try await page.session.select(Selector("#many"), [.label("a"), .label("c")], until: page.soon)
                #expect(try await page.evaluate("[...many.selectedOptions].map(o => o.value)") == "[\"a\",\"c\"]")
                let error = await failure {
                    try await page.session.select(Selector("#list"), [.index(1), .index(2)], until: page.soon)
                }
                #expect(error?.code == .invalidInput)
            }
        }

        @Test func `waits for an option to come, to be enabled, and for the list to be replaced`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                _ = try await page.evaluate(
                    "setTimeout(() => list.outerHTML = '<select id=list><option disabled>März</select>', 100)"
                )
                _ = try await page.evaluate("setTimeout(() => list.options[0].disabled = false, 250)")
                try await page.session.select(Selector("#list"), [.label("März")], until: page.soon)
                #expect(try await page.evaluate("list.value") == "\"März\"")
            }
        }

        @Test func `a missing option names those there are`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                let error = await failure {
                    try await page.session.select(Selector("#list"), [.label("Mai")], until: .now + .milliseconds(200))
                }
                #expect(error?.code == .notFound)
                #expect(
                    error?.message.contains("The options there are: \"bitte wählen\", \"Januar\", \"Februar\"") == true
                )
            }
        }

        @Test func `a list whose change navigates is waited for`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                _ = try await page.evaluate("list.onchange = () => { location = '/echo?' + list.value }")
                try await page.session.select(Selector("#list"), [.value("2")], until: page.soon)
                #expect(await page.session.url == "\(page.site)/echo?2")
            }
        }
    }
}
