import Testing

@testable import BrowserAutomation

extension ActionTests {
    /// Text goes into the field it was meant for, or nowhere.
    @Suite struct EntryTests {
        /// A plain field gets its text in the moment it is ready; rich text from outside, after what the page has put off.
        private static let twoFields = """
            <input id=user><input id=password type=password><div id=note contenteditable>alt</div><script>
            const steal = () => user.focus();
            """

        @Test func `what takes the focus after a field was chosen gets no text, and the field is filled after all`()
            async throws
        {
            let source = """
                \(Self.twoFields) password.addEventListener('select', steal, { once: true });
                note.addEventListener('focus', () => queueMicrotask(steal), { once: true })</script>
                """
            try await withTestPage(source) { page in
                try await page.fill("#password", "geheim")
                let report = try await page.fill("#note", "neu")
                #expect(report.callLog.first?.contains("took the focus") == true, "\(report.callLog)")
                let entered = try await page.evaluate("user.value + '|' + password.value + '|' + note.innerText")
                #expect(entered == "\"|geheim|neu\"")
            }
        }

        @Test(arguments: [
            ("<input id=a value=alt>", "value", "did not keep the text"),
            ("<div id=a contenteditable>alt</div>", "innerText", "in place of the field"),
        ])
        func `a field that is drawn anew before or when its text comes is filled after all`(
            field: String,
            content: String,
            log: String
        ) async throws {
            // As soon as the agent has let go: events of a selection come when they like, after the text too.
            let source = """
                <section id=box>\(field)</section><script>
                const redraw = () => { box.innerHTML = box.innerHTML };
                a.addEventListener('focus', () => queueMicrotask(redraw), { once: true })</script>
                """
            try await withTestPage(source) { page in
                let report = try await page.fill("#a", "neu")
                #expect(try await page.evaluate("document.querySelector('#a').\(content)") == "\"neu\"")
                #expect(report.callLog.first?.contains(log) == true, "\(report.callLog)")
            }
        }

        @Test func `a field that is drawn anew without the text when it comes is filled after all`() async throws {
            let source = """
                <p id=box><input id=a value=alt></p><script>
                a.addEventListener('input', () => { box.innerHTML = box.innerHTML }, { once: true })</script>
                """
            try await withTestPage(source) { page in
                let report = try await page.fill("#a", "neu")
                #expect(try await page.evaluate("document.querySelector('#a').value") == "\"neu\"")
                #expect(report.callLog.first?.contains("did not keep the text") == true, "\(report.callLog)")
            }
        }

        @Test func `a field that is drawn anew with its text, or is gone with it, was filled once`() async throws {
            for redraw in ["this.setAttribute('value', this.value); box.innerHTML = box.innerHTML", "this.remove()"] {
                let source = """
                    <p id=box><input id=a value=alt></p><output id=log></output><script>
                    a.addEventListener('input', function () { log.textContent += this.value; \(redraw) })</script>
                    """
                try await withTestPage(source) { page in
                    try await page.fill("#a", "neu")
                    #expect(try await page.evaluate("log.textContent") == "\"neu\"", "\(redraw)")
                }
            }
        }

        @Test func `a field that never keeps its focus is filled at once, rich text is an error that names the thief`()
            async throws
        {
            let source = """
                \(Self.twoFields) for (const each of [password, note])
                  each.addEventListener('focus', () => queueMicrotask(steal))</script>
                """
            try await withTestPage(source) { page in
                try await page.fill("#password", "geheim")
                let error = await failure { try await page.fill("#note", "vertraulich", within: .seconds(1)) }
                #expect(error?.code == .timeout)
                #expect(error?.message.contains("<input id=\"user\">") == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("vertraulich") == false)
                let entered = try await page.evaluate("user.value + '|' + password.value + '|' + note.innerText")
                #expect(entered == "\"|geheim|alt\"")
            }
        }

        @Test func `a page hears of a text what it hears of a typed one`() async throws {
            let source = """
                <input id=a value=alt><div id=b contenteditable>alt</div><output id=log></output><script>
                for (const type of ["beforeinput", "input", "keyup", "change"]) addEventListener(type, (event) => {
                  log.textContent += `${type} ${event.inputType ?? event.key ?? ""} ${event.data ?? ""};`;
                })</script>
                """
            try await withTestPage(source) { page in
                let wanted = "'beforeinput insertText neu;input insertText neu;keyup u ;'"
                let heard = "log.textContent.replace('change  ;', '') === \(wanted)"
                for field in ["#a", "#b"] {
                    try await page.fill(field, "neu")
                    #expect(try await page.evaluate(heard) == "true", "\(field)")
                    _ = try await page.evaluate("log.textContent = ''")
                }
                try await page.fill("#a", "anders")
                _ = try await page.evaluate("a.blur()")
                #expect(try await page.evaluate("log.textContent.endsWith('change  ;')") == "true")
            }
        }

        @Test func `a page that refuses the text is an error that says so, soon`() async throws {
            try await withTestPage("<input id=a onbeforeinput='event.preventDefault()'>") { page in
                let error = await failure { try await page.fill("#a", "x") }
                #expect(error?.code == .expectationFailed)
                #expect(error?.message.contains("did not keep the text: it holds nothing") == true)
                #expect(error?.callLog.count == 3)
            }
        }

        @Test func `a field that listens to keys alone hears each of them once`() async throws {
            let source = """
                <input id=a><output id=log></output><script>
                a.addEventListener('beforeinput', (event) => { if (!a.isTyped) event.preventDefault() });
                a.addEventListener('keydown', () => { a.isTyped = true });
                a.addEventListener('keyup', (event) => { if (a.isTyped) log.textContent += event.key })</script>
                """
            try await withTestPage(source) { page in
                try await page.fill("#a", "neu")
                #expect(try await page.evaluate("a.value + '|' + log.textContent") == "\"neu|neu\"")
            }
        }

        @Test func `a field that has the focus and lies out of view is filled and shown`() async throws {
            let source = "<input id=a autofocus><p style='height:3000px'>unten"
            try await withTestPage(source) { page in
                try await page.fill("#a", "alt")
                _ = try await page.evaluate("scrollTo(0, 3000)")
                try await page.fill("#a", "neu")
                let end = try await page.evaluate("a.value + '|' + (a.getBoundingClientRect().top >= 0)")
                #expect(end == "\"neu|true\"")
            }
        }

        @Test func `a report names the field, not what was entered`() async throws {
            let source = "<label>Notiz <input id=a></label><div id=b contenteditable>alt</div>"
            try await withTestPage(source) { page in
                let input = try await page.fill("#a", "geheim")
                #expect(input.touched == "textbox \"Notiz\"")
                #expect(input.callLog == ["resolved to <input id=\"a\">"])
                let rich = try await page.fill("#b", "geheim")
                #expect(rich.touched.contains("#b"), "\(rich.touched)")
                #expect(try await page.fill("#b", "neu").touched == rich.touched)
            }
        }

        @Test func `a field is cleared, and what the page makes of that is waited for`() async throws {
            try await withTestPage(
                "<input id=a value=old oninput='setTimeout(() => document.title = \"[\" + this.value + \"]\")'>"
            ) { page in
                try await page.fill("#a", "")
                #expect(try await page.evaluate("document.title") == "\"[]\"")
            }
        }
    }
}
