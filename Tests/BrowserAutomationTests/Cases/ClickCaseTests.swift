import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct ClickCaseTests {
        private static let counts = "onclick=\"window.clicked = (window.clicked ?? 0) + 1\""

        /// What a page does a while after it was loaded, and how often its element was clicked in the end.
        private func clicked(_ selector: String, _ source: String) async throws -> JSONText {
            var clicked: JSONText = "null"
            try await withTestPage(source) { page in
                try await page.click(selector)
                clicked = try await page.evaluate("window.clicked ?? null")
            }
            return clicked
        }

        @Test func `waits until display none is gone (case 4)`() async throws {
            let source =
                "<button id=b style='display:none' \(Self.counts)>A</button><script>setTimeout(() => b.style.display = 'block', 200)</script>"
            #expect(try await clicked("button", source) == "1")
        }

        @Test func `waits until the parent is shown (case 5)`() async throws {
            let source =
                "<div id=b style='display:none'><button \(Self.counts)>A</button></div><script>setTimeout(() => b.style.display = 'block', 200)</script>"
            #expect(try await clicked("button", source) == "1")
        }

        @Test(arguments: [PointerOptions.Stability.frame, .strict])
        func `waits until it rests, also when a script moves it (case 6)`(stability: PointerOptions.Stability)
            async throws
        {
            let source = """
                <button id=b style="position:absolute;left:0" onclick="window.at = this.offsetLeft">A</button>
                <script>let left = 0; const step = () => { b.style.left = `${left += 6}px`; if (left < 300) requestAnimationFrame(step) }; requestAnimationFrame(step)</script>
                """
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.stability = stability
                try await page.click("button", options)
                #expect(try await page.evaluate("window.at") == "300")
            }
        }

        @Test func `waits until it would be hit (case 7)`() async throws {
            let source = """
                <div style="position:relative"><button \(Self.counts)>A</button>
                <div id=cover style="position:absolute;inset:0" onclick="window.wrong = 1"></div></div>
                <script>setTimeout(() => cover.remove(), 300)</script>
                """
            try await withTestPage(source) { page in
                let report = try await page.click("button")
                #expect(try await page.evaluate("[clicked, window.wrong ?? null]") == "[1,null]")
                #expect(report.callLog.contains { $0.contains("<div id=\"cover\"> intercepts pointer events") })
            }
        }

        @Test func `waits until it is enabled, also the button around a text (case 8)`() async throws {
            let source =
                "<button id=b disabled \(Self.counts)><span>A</span></button><script>setTimeout(() => b.disabled = false, 200)</script>"
            #expect(try await clicked("text=A", source) == "1")
        }

        @Test func `waits until a label takes clicks again (case 9)`() async throws {
            let source =
                "<label id=b style='pointer-events:none' \(Self.counts)><span>A</span></label><script>setTimeout(() => b.style.pointerEvents = '', 200)</script>"
            #expect(try await clicked("text=A", source) == "1")
        }

        @Test func `gets out from under a sticky header (case 10)`() async throws {
            let source = """
                <div style="position:sticky;top:0;height:120px;background:#ccc">Kopf</div>
                <div style="height:1500px"></div><button \(Self.counts)>A</button><div style="height:3000px"></div>
                <script>scrollTo(0, 1540)</script>
                """
            #expect(try await clicked("button", source) == "1")
        }

        @Test func `scrolls at once though the page scrolls smoothly (case 11)`() async throws {
            let source = """
                <style>html { scroll-behavior: smooth }</style><div style="height:9000px"></div><button \(Self.counts)>A</button>
                """
            #expect(try await clicked("button", source) == "1")
        }

        @Test func `finds the successor of an element that left after its animation (case 14)`() async throws {
            let source = """
                <style>@keyframes go { to { transform: translateX(200px) } } .go { animation: go .3s }</style>
                <div id=box><button class=go onclick="window.clicked = 'old'">A</button></div>
                <script>
                  document.querySelector('button').addEventListener('animationend', () => {
                    box.innerHTML = '';
                    setTimeout(() => box.innerHTML = '<button onclick="window.clicked = 1">A</button>', 100);
                  });
                </script>
                """
            #expect(try await clicked("button", source) == "1")
        }

        @Test func `clicks in an open shadow root (case 17)`() async throws {
            let source = """
                <div id=host></div><script>host.attachShadow({ mode: 'open' }).innerHTML = '<button onclick="window.clicked = 1">A</button>'</script>
                """
            #expect(try await clicked("button", source) == "1")
        }

        @Test func `climbs to what has the role of a button (case 18)`() async throws {
            let source = "<div role=button \(Self.counts)><div style='pointer-events:none'><b>A</b></div></div>"
            #expect(try await clicked("b", source) == "1")
        }

        @Test func `a trial waits like a click and clicks nothing (case 19)`() async throws {
            let source =
                "<button id=b disabled \(Self.counts)>A</button><script>setTimeout(() => b.disabled = false, 200)</script>"
            try await withTestPage(source) { page in
                var trial = PointerOptions()
                trial.isTrial = true
                try await page.click("button", trial)
                #expect(try await page.evaluate("[b.disabled, window.clicked ?? null]") == "[false,null]")
            }
        }

        @Test func `a triple click selects the line (case 20)`() async throws {
            try await withTestPage("<p>eins zwei</p><p>drei vier</p>") { page in
                var options = PointerOptions()
                options.clicks = 3
                try await page.click("p >> nth=1", options)
                #expect(try await page.evaluate("getSelection().toString().trim()") == "\"drei vier\"")
            }
        }

        @Test func `a right click's events come in order (case 21)`() async throws {
            let source = """
                <button>A</button><script>window.log = [];
                for (const type of ['pointerdown', 'mousedown', 'contextmenu', 'pointerup', 'mouseup', 'click'])
                  document.querySelector('button').addEventListener(type, () => log.push(type))</script>
                """
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.button = .right
                try await page.click("button", options)
                #expect(
                    try await page.evaluate("log.join(' ')")
                        == "\"pointerdown mousedown contextmenu pointerup mouseup\""
                )
            }
        }

        @Test func `nothing happens after the time is over (case 22)`() async throws {
            try await withTestPage("<button id=b disabled \(Self.counts)>A</button>") { page in
                let error = await failure { try await page.click("button", within: .milliseconds(300)) }
                #expect(error?.code == .notEnabled)
                _ = try await page.evaluate(
                    "b.disabled = false, new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
                )
                #expect(try await page.evaluate("window.clicked ?? null") == "null")
            }
        }

        @Test func `a deadline that has passed clicks nothing (case 22)`() async throws {
            try await withTestPage("<button \(Self.counts)>A</button>") { page in
                let error = await failure { try await page.click("button", within: .milliseconds(-1)) }
                let clicked = try await page.evaluate("window.clicked ?? null")
                #expect(error != nil)
                #expect(clicked == "null")
            }
        }

        @Test func `says which subtree would have been hit (case 23)`() async throws {
            let source = """
                <button>A</button>
                <div id=banner class=cookies style="position:fixed;inset:0"><section style="height:100%"><i style="display:block;height:100%">x</i></section></div>
                """
            try await withTestPage(source) { page in
                let error = await failure { try await page.click("button", within: .milliseconds(500)) }
                #expect(error?.code == .coveredBy)
                #expect(
                    error?.message.contains(
                        "covered by <i>x</i> from <div id=\"banner\" class=\"cookies\">x</div> subtree"
                    )
                        == true
                )
            }
        }

        @Test func `clicks the second time after the first ran out of time (case 24)`() async throws {
            try await withTestPage("<button id=b style='visibility:hidden' \(Self.counts)>A</button>") { page in
                let error = await failure { try await page.click("button", within: .milliseconds(200)) }
                #expect(error?.code == .notVisible)
                _ = try await page.evaluate("b.style.visibility = ''")
                try await page.click("button")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `an alert neither hangs a click nor what comes after it (case 25)`() async throws {
            try await withTestPage("<button onclick=\"alert('Halt'); window.clicked = 1\">A</button>") { page in
                await page.session.setDialogPolicy(.fail)
                let error = await failure { try await page.click("button", within: .seconds(5)) }
                #expect(error?.code == .dialogOpen)
                await page.session.setDialogPolicy(.dismiss)
                try await page.click("button")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }
    }
}
