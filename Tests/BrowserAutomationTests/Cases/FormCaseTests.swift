import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct FormCaseTests {
        @Test func `a date field is filled after it was clicked (case 36)`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                try await page.click("#date")
                try await page.fill("#date", "31.12.2026")
                #expect(try await page.evaluate("date.value") == "\"2026-12-31\"")
                try await page.fill("#datetime", "1.2.2026 13:45")
                #expect(try await page.evaluate("datetime.value") == "\"2026-02-01T13:45\"")
            }
        }

        @Test func `numbers may be written as in German (case 35)`() async throws {
            try await withTestPage(file: "inputs.html") { page in
                for (text, value) in [("1.234,50", "1234.50"), ("12,5", "12.5"), ("-3", "-3"), ("1,234.5", "1234.5")] {
                    try await page.fill("#number", text)
                    let kept = try await page.evaluate("document.querySelector('#number').value")
                    #expect(kept == JSONText(.string(value)), "\(text)")
                }
                #expect(await failure { try await page.fill("#number", "1,234") }?.code == .invalidInput)
            }
        }

        @Test(arguments: ["disabled", "readOnly"])
        func `a field that comes to life later is waited for (case 37)`(property: String) async throws {
            let source =
                "<input id=a><script>a.\(property) = true; setTimeout(() => { a.\(property) = false }, 300)</script>"
            try await withTestPage(source) { page in
                let report = try await page.fill("#a", "nun")
                #expect(try await page.evaluate("a.value") == "\"nun\"")
                #expect(report.callLog.contains { $0.contains("element is not") }, "\(report.callLog)")
            }
        }

        @Test func `text goes into the field though the focus was in a frame (case 38)`() async throws {
            let source = "<iframe srcdoc='<input id=in autofocus>'></iframe><input id=out>"
            try await withTestPage(source) { page in
                try await page.click("frame=iframe >> #in")
                try await page.fill("#out", "draußen")
                try await page.fill("frame=iframe >> #in", "drinnen")
                try await page.session.type(Selector("#out"), "!", until: page.soon)
                let values = try await page.evaluate("[out.value, frames[0].document.querySelector('#in').value]")
                #expect(values == "[\"draußen!\",\"drinnen\"]")
            }
        }

        @Test func `a fill may lead to another page (case 39)`() async throws {
            try await withTestPage(file: "button.html") { page in
                let field = "document.body.innerHTML = '<input id=a oninput=\"location = `/echo?` + this.value\">'"
                _ = try await page.evaluate(field)
                try await page.fill("#a", "x")
                #expect(await page.session.url == "\(page.site)/echo?x")
            }
        }

        @Test func `lines go into what is editable (case 40)`() async throws {
            try await withTestPage("<div contenteditable id=a>alt</div>") { page in
                try await page.fill("#a", "eins\n\nzwei 🙂")
                #expect(try await page.evaluate("a.innerText.replace(/\\n+/g, '|')") == "\"eins|zwei 🙂\"")
                try await page.fill("#a", "")
                #expect(try await page.evaluate("a.innerText.trim()") == "\"\"")
            }
        }

        @Test func `a mask may group and complete what is filled; one that listens to keys alone gets keys`()
            async throws
        {
            let source = """
                <input id=grouped oninput="this.value = this.value.replace(/\\D/g, '').replace(/(\\d{4})(?=\\d)/g, '$1 ')">
                <input id=money oninput="if (!this.value.endsWith(' €')) this.value += ' €'">
                <input id=keys>
                <script>
                  let typed = "";
                  keys.onbeforeinput = (event) => event.preventDefault();
                  keys.onkeydown = (event) => { if (event.key.length === 1) { typed += event.key; keys.value = typed.replace(/(..)/g, "$1."); } };
                </script>
                """
            try await withTestPage(source) { page in
                try await page.fill("#grouped", "DE12345678")
                try await page.fill("#money", "12,50")
                let report = try await page.fill("#keys", "010226")
                #expect(
                    try await page.evaluate("[grouped.value, money.value, keys.value]")
                        == "[\"1234 5678\",\"12,50 €\",\"01.02.26.\"]"
                )
                #expect(report.callLog.first?.contains("did not keep the text") == true)
            }
        }

        @Test func `a text that is cut off or put beside the old one is an error, not a success`() async throws {
            let source =
                "<input id=short maxlength=3><input id=stuck value=alt onselect='this.setSelectionRange(3, 3)'>"
            try await withTestPage(source) { page in
                let cut = await failure { try await page.fill("#short", "12345") }
                #expect(cut?.code == .expectationFailed)
                #expect(cut?.message.contains("takes 3 characters (maxlength), the text has 5") == true)
                let secret = await failure {
                    try await page.session.fill(
                        Selector("#short"),
                        "geheim",
                        isSecret: true,
                        until: page.soon
                    )
                }
                #expect(secret?.message.contains("geh") == false)
            }
        }

        @Test func `a page that looks when a key goes up sees what was filled`() async throws {
            let source = """
                <input id=a onkeyup="b.disabled = this.value === ''; window.key = event.key"><button id=b disabled>Weiter</button>
                """
            try await withTestPage(source) { page in
                try await page.fill("#a", "Anna")
                #expect(try await page.evaluate("[b.disabled, key]") == "[false,\"a\"]")
                try await page.fill("#a", "")
                #expect(try await page.evaluate("b.disabled") == "true")
            }
        }

        @Test func `a field that is read-only until it has the focus is filled`() async throws {
            try await withTestPage("<input id=a readonly onfocus='this.readOnly = false'>") { page in
                try await page.fill("#a", "Anna")
                #expect(try await page.evaluate("a.value") == "\"Anna\"")
            }
        }

        @Test func `a framework that keeps the value itself sees what was filled`() async throws {
            // As React does it: its own setter on the element, and a render that writes the state back.
            let source = """
                <input id=a><p id=state></p>
                <script>
                  let state = "";
                  const native = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
                  let tracked = "";
                  Object.defineProperty(a, "value", { get() { return native.get.call(a); }, set(to) { tracked = to; native.set.call(a, to); } });
                  document.addEventListener("input", () => {
                    if (tracked === native.get.call(a)) return;
                    tracked = state = native.get.call(a);
                    queueMicrotask(() => { a.value = state; document.querySelector("#state").textContent = state; });
                  });
                </script>
                """
            try await withTestPage(source) { page in
                try await page.fill("#a", "Anna")
                try await page.fill("#a", "Bert")
                #expect(
                    try await page.evaluate("[a.value, document.querySelector('#state').textContent]")
                        == "[\"Bert\",\"Bert\"]"
                )
            }
        }

        @Test func `keys do what a keyboard does (cases 41, 42)`() async throws {
            let source = """
                <textarea id=a></textarea><script>window.events = [];
                for (const type of ["keydown", "keypress", "textInput", "beforeinput", "input", "keyup"])
                  a.addEventListener(type, (e) => events.push(type + " " + (e.key ?? e.data ?? e.inputType)))</script>
                """
            try await withTestPage(source) { page in
                try await page.session.press(Selector("#a"), KeyChord(parsing: "j"), until: page.soon)
                let typed = try await page.evaluate("events.splice(0).join()")
                #expect(typed == "\"keydown j,keypress j,beforeinput j,textInput j,input j,keyup j\"")
                try await page.session.press(Selector("#a"), KeyChord(parsing: "Enter"), until: page.soon)
                #expect(try await page.evaluate("a.value") == "\"j\\n\"")
            }
        }

        @Test func `chords hold several keys, keypad and function keys are keys (case 43)`() async throws {
            let source = """
                <input id=a value="eins zwei"><script>window.events = [];
                addEventListener("keydown", (e) => events.push([e.code, e.location, e.ctrlKey, e.shiftKey].join(" ")))</script>
                """
            try await withTestPage(source) { page in
                let field = try Selector("#a")
                try await page.session.press(field, KeyChord(parsing: "End"), until: page.soon)
                try await page.session.press(field, KeyChord(parsing: "Control+Shift+ArrowLeft"), until: page.soon)
                #expect(try await page.evaluate("getSelection().toString()") == "\"zwei\"")
                _ = try await page.evaluate("events.length = 0")
                for key in ["Numpad7", "NumpadAdd", "F12", "KeyB", "ShiftRight"] {
                    try await page.session.press(field, KeyChord(parsing: key), until: page.soon)
                }
                #expect(try await page.evaluate("a.value") == "\"eins 7+b\"")
                let codes = try await page.evaluate("events.join()")
                #expect(
                    codes
                        == "\"Numpad7 3 false false,NumpadAdd 3 false false,F12 0 false false,KeyB 0 false false,ShiftRight 2 false true\""
                )
                try await page.session.press(field, KeyChord(parsing: "Backspace"), times: 3, until: page.soon)
                #expect(try await page.evaluate("a.value") == "\"eins \"")
            }
        }

        @Test func `copies from one field into another, lines included (case 44)`() async throws {
            try await withTestPage("<div id=a contenteditable>123</div><textarea id=b></textarea>") { page in
                for (field, chord) in [
                    ("#a", "Control+A"), ("#a", "Control+C"), ("#b", "Control+V"), ("#b", "Control+V"),
                ] {
                    try await page.session.press(Selector(field), KeyChord(parsing: chord), until: page.soon)
                }
                #expect(try await page.evaluate("b.value") == "\"123123\"")
            }
        }

        @Test func `types what no keyboard has into a frame (case 45)`() async throws {
            try await withTestPage("<iframe srcdoc='<textarea id=t></textarea>'></iframe>") { page in
                try await page.session.type(Selector("frame=iframe >> #t"), "👹 Tokyo street Japan 🇯🇵", until: page.soon)
                let text = try await page.evaluate("frames[0].document.querySelector('#t').value")
                #expect(text == "\"👹 Tokyo street Japan 🇯🇵\"")
            }
        }

        @Test func `options are chosen by label where no value says so, and waited for (cases 46, 47)`() async throws {
            let source = """
                <select id=a><option value=b>Blau<option value=g>Gr\u{FC}n</select>
                <script>setTimeout(() => a.add(new Option("Rot", "r")), 300)</script>
                """
            try await withTestPage(source) { page in
                let byLabel = try await page.session.select(Selector("#a"), [.text("Gr\u{FC}n")], until: page.soon)
                #expect(byLabel.value == ["g"])
                let late = try await page.session.select(Selector("#a"), [.text("Rot")], until: page.soon)
                #expect(late.value == ["r"])
            }
        }

        @Test func `a list that is replaced is looked up again (case 48)`() async throws {
            let source = """
                <div id=d><select id=a><option value=b>Blau</select></div>
                <script>setTimeout(() => { d.innerHTML = "<select id=a><option value=b>Blau<option value=r>Rot</select>" }, 300)</script>
                """
            try await withTestPage(source) { page in
                try await page.session.select(Selector("#a"), [.value("r")], until: page.soon)
                #expect(try await page.evaluate("document.querySelector('#a').value") == "\"r\"")
            }
        }

        @Test func `a radio button is checked and never unchecked (case 49)`() async throws {
            try await withTestPage("<input type=radio id=one name=x>eins <input type=radio id=two name=x>zwei") {
                page in
                try await page.session.setChecked(true, Selector("#one"), until: page.soon)
                try await page.session.setChecked(true, Selector("#two"), until: page.soon)
                #expect(try await page.evaluate("[one.checked, two.checked]") == "[false,true]")
                let error = await failure {
                    try await page.session.setChecked(false, Selector("#two"), until: page.soon)
                }
                #expect(error?.code == .invalidInput)
            }
        }

        @Test func `the focus is put on an element and taken away`() async throws {
            try await withTestPage("<label>Name <input id=a></label><p id=p>kein Feld</p>") { page in
                try await page.session.setFocus(true, Selector("text=Name"), until: page.soon)
                #expect(try await page.evaluate("document.activeElement.id") == "\"a\"")
                try await page.session.setFocus(false, Selector("#a"), until: page.soon)
                #expect(try await page.evaluate("document.activeElement === document.body") == "true")
                let error = await failure {
                    try await page.session.setFocus(true, Selector("#p"), until: .now + .milliseconds(300))
                }
                #expect(error?.code == .notEnabled)
            }
        }
    }
}
