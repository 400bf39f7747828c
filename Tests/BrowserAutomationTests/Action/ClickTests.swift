import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct ClickTests {
        static let counter = "onclick=\"window.clicked = (window.clicked ?? 0) + 1\""

        @Test func `clicks a button (case 1)`() async throws {
            try await withTestPage(file: "button.html") { page in
                let report = try await page.click("role=button[name=Weiter]")
                #expect(report.touched == "button \"Weiter\"")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `clicks after navigations, also to another origin`() async throws {
            try await withTestPage(file: "button.html") { page in
                try await page.click("button")
                try await page.session.goto("\(page.site)/button.html", deadline: .seconds(30))
                try await page.click("button")
                let other = page.site.replacing("127.0.0.1", with: "localhost")
                try await page.session.goto("\(other)/button.html", deadline: .seconds(30))
                try await page.click("button")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test(arguments: [
            "<button \(counter) style='display:none' id=b>A</button><script>setTimeout(() => b.style.display = '', 150)</script>",
            "<div hidden id=b><button \(counter)>A</button></div><script>setTimeout(() => b.hidden = false, 150)</script>",
            "<div id=b></div><script>setTimeout(() => b.innerHTML = `<button \(counter)>A</button>`, 150)</script>",
            "<button \(counter) disabled id=b>A</button><script>setTimeout(() => b.disabled = false, 150)</script>",
            "<fieldset disabled id=b><button \(counter)><span>A</span></button></fieldset><script>setTimeout(() => b.disabled = false, 150)</script>",
            "<button \(counter) aria-disabled=true id=b>A</button><script>setTimeout(() => b.removeAttribute('aria-disabled'), 150)</script>",
            "<button \(counter)>A</button><div id=b style='position:fixed;inset:0'></div><script>setTimeout(() => b.remove(), 150)</script>",
            "<label \(counter) style='pointer-events:none' id=b><span>A</span></label><script>setTimeout(() => b.style.pointerEvents = '', 150)</script>",
        ])
        func `waits until it is there, visible, enabled and uncovered`(source: String) async throws {
            try await withTestPage(source) { page in
                try await page.click("text=A")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `what moves is not clicked before it rests`() async throws {
            let source = """
                <style>@keyframes m { to { margin-left: 300px } } .run { animation: m .7s linear infinite }</style>
                <button class=run \(ClickTests.counter)>A</button>
                """
            try await withTestPage(source) { page in
                let error = await failure { try await page.click("button", within: .milliseconds(500)) }
                #expect(error?.code == .unstable)
                _ = try await page.evaluate("document.querySelector('button').className = ''")
                try await page.click("button")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `scrolls to it, at once in spite of smooth scrolling, and out from under a sticky header`()
            async throws
        {
            let source = """
                <style>html { scroll-behavior: smooth }</style>
                <div style="position:sticky;top:0;height:80px;background:#ccc" onclick="window.wrong = true">Kopf</div>
                <div style="height:2000px"></div><button \(Self.counter)>A</button><div style="height:3000px"></div>
                """
            try await withTestPage(source) { page in
                _ = try await page.evaluate("scrollTo({top: 2040, behavior: 'instant'})")
                try await page.click("button")
                #expect(try await page.evaluate("[clicked, window.wrong ?? null]") == "[1,null]")
            }
        }

        @Test func `scrolls inside a container`() async throws {
            let source =
                "<div style='height:100px;overflow:auto'><div style='height:800px'></div><button \(Self.counter)>A</button></div>"
            try await withTestPage(source) { page in
                try await page.click("button")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `clicks what is positioned out of a clipping container`() async throws {
            let source = """
                <div style="overflow:hidden;height:20px"><button \(ClickTests.counter) style="position:absolute;top:200px">A</button></div>
                """
            try await withTestPage(source) { page in
                try await page.click("button", within: .seconds(2))
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `a link is clicked until its document has committed`() async throws {
            try await withTestPage(file: "button.html") { page in
                _ = try await page.evaluate("document.body.innerHTML = '<a href=/echo?link>weg</a>'")
                try await page.click("text=weg")
                #expect(await page.session.url == "\(page.site)/echo?link")
                #expect(try await page.texts("h1") == ["GET link"])
            }
        }

        @Test func `a form is submitted until its document has committed`() async throws {
            try await withTestPage(file: "button.html") { page in
                _ = try await page.evaluate(
                    "document.body.innerHTML = '<form method=post action=/echo?form><button>los</button></form>'"
                )
                try await page.click("button")
                #expect(await page.session.url == "\(page.site)/echo?form")
            }
        }

        @Test(arguments: ["/nothing", "mailto:a@b.c", "javascript:void(0)", "#part", "/file"])
        func `a link that brings no document does not hold up`(target: String) async throws {
            try await withTestPage(file: "button.html") { page in
                _ = try await page.evaluate(
                    "document.body.innerHTML = '<a href=\"\(target)\" onclick=\"clicked = 1\">weg</a>'"
                )
                try await page.click("text=weg", within: .seconds(5))
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `tries again when the element is replaced`() async throws {
            let source = """
                <div id=b><button>alt</button></div><div id=cover style="position:fixed;inset:0"></div>
                <script>setTimeout(() => { b.innerHTML = '<button onclick="window.clicked = 1">neu</button>'; cover.remove() }, 150)</script>
                """
            try await withTestPage(source) { page in
                let report = try await page.click("button")
                #expect(report.touched == "button \"neu\"")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `an element that leaves in mousedown was clicked`() async throws {
            try await withTestPage("<button onmousedown=\"window.down = true; this.remove()\">A</button>") { page in
                try await page.click("button")
                #expect(try await page.evaluate("down") == "true")
            }
        }

        @Test func `a frame that goes away does not hang the click`() async throws {
            let source =
                "<iframe id=f srcdoc='<button disabled>A</button>'></iframe><script>setTimeout(() => f.remove(), 100)</script>"
            try await withTestPage(source) { page in
                let error = await failure { try await page.click("frame=iframe >> button", within: .milliseconds(500)) }
                #expect(error?.code == .notFound)
            }
        }

        @Test func `clicks inside nested, padded and scaled frames`() async throws {
            try await withTestPage(file: "frames.html") { page in
                try await page.click("frame=#outer >> frame=#inner >> role=button[name=Innen]")
                #expect(try await page.evaluate("window.clicked") == "true")
            }
        }

        @Test func `climbs to the button around the text`() async throws {
            let source = "<div role=button \(Self.counter)><i style='pointer-events:none'>A</i> und Rand</div>"
            try await withTestPage(source) { page in
                try await page.click("i")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `a trial does not click, but waits`() async throws {
            try await withTestPage(file: "button.html") { page in
                var trial = PointerOptions()
                trial.isTrial = true
                try await page.click("button", trial)
                #expect(try await page.evaluate("window.clicked ?? null") == "null")
            }
        }

        @Test func `right, middle and double clicks arrive as such`() async throws {
            let source = """
                <button>A</button><script>window.events = [];
                for (const type of ['mousedown', 'click', 'auxclick', 'dblclick', 'contextmenu'])
                  document.querySelector('button').addEventListener(type, (e) => events.push(`${type}${e.button}`))</script>
                """
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.button = .right
                try await page.click("button", options)
                options.button = .middle
                try await page.click("button", options)
                options.button = .left
                options.clicks = 2
                options.modifiers = [.control, .shift]
                try await page.click("button", options)
                #expect(
                    try await page.evaluate("events.join(' ')")
                        == "\"mousedown2 contextmenu2 auxclick2 mousedown1 auxclick1 mousedown0 click0 mousedown0 click0 dblclick0\""
                )
            }
        }

        @Test func `clicks with modifiers, a position and force`() async throws {
            let source = """
                <div id=a style="width:100px;height:100px" onclick="window.at = [event.offsetX, event.offsetY, event.ctrlKey]"></div>
                <div style="position:fixed;inset:0;pointer-events:none"></div>
                """
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.position = PointerOptions.Point(x: 20, y: 30)
                options.modifiers = .control
                options.isForced = true
                try await page.click("#a", options)
                #expect(try await page.evaluate("at") == "[20,30,true]")
            }
        }

        @Test func `hovers`() async throws {
            try await withTestPage("<button onmouseenter=\"window.over = true\">A</button>") { page in
                try await page.session.hover(Selector("button"), until: page.soon)
                #expect(try await page.evaluate("over") == "true")
            }
        }

        @Test func `drags with the mouse`() async throws {
            let source = """
                <div id=a style="width:50px;height:50px;background:red">zieh</div>
                <div id=b style="width:90px;height:90px;background:#ccc" onmouseup="window.dropped = window.held">hin</div>
                <script>a.onmousedown = (e) => { window.held = true; e.preventDefault() }</script>
                """
            try await withTestPage(source) { page in
                let report = try await page.session.drag(Selector("#a"), to: Selector("#b"), until: page.soon)
                #expect(report.touched == "div \"zieh\" to div \"hin\"")
                #expect(try await page.evaluate("dropped") == "true")
            }
        }

        @Test func `drags by HTML drag and drop with its data`() async throws {
            let source = """
                <div id=a draggable=true style="width:50px;height:50px;background:red">Karte</div>
                <div style="height:60px"></div>
                <div id=b style="width:200px;height:90px;background:#ccc">Fertig</div>
                <script>
                  window.events = [];
                  a.ondragstart = (e) => { e.dataTransfer.setData('text/plain', 'karte-7'); events.push('start') };
                  a.ondragend = () => events.push('end');
                  b.ondragover = (e) => { e.preventDefault(); };
                  b.ondrop = (e) => { e.preventDefault(); events.push('drop ' + e.dataTransfer.getData('text/plain')) };
                </script>
                """
            try await withTestPage(source) { page in
                try await page.session.drag(Selector("#a"), to: Selector("#b"), until: page.soon)
                #expect(try await page.evaluate("events.slice(0, 2)") == "[\"start\",\"drop karte-7\"]")
                // The mouse works as before.
                _ = try await page.evaluate("b.onclick = () => events.push('click')")
                try await page.click("#b")
                #expect(try await page.evaluate("events.at(-1)") == "\"click\"")
            }
        }
    }
}
