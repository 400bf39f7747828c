import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct OverlayTests {
        /// A banner over everything that counts how often it was closed; `show()` brings it back.
        private static let banner = """
            <button id=target onclick="window.clicked = (window.clicked ?? 0) + 1">A</button><input id=name>
            <div id=cookies style="position:fixed;inset:0;background:#fffc"><button onclick="window.shut = (window.shut ?? 0) + 1; cookies.style.display = 'none'">Ablehnen</button></div>
            <script>const show = () => { cookies.style.display = '' }</script>
            """

        private func overlay(_ selector: String, _ remedy: Overlay.Remedy, times: Int = 10) throws -> Overlay {
            Overlay(try Selector(selector), remedy, times: times)
        }

        @Test func `closes what covers the target, and goes on (case 31)`() async throws {
            try await withTestPage(Self.banner) { page in
                await page.session.setOverlays([
                    try overlay("#cookies", .click(Selector("role=button[name=Ablehnen]")))
                ])
                let report = try await page.click("#target")
                #expect(try await page.evaluate("[clicked, shut]") == "[1,1]")
                #expect(
                    report.callLog.first
                        == "closed the overlay <div id=\"cookies\">Ablehnen</div>: clicked button \"Ablehnen\""
                )
            }
        }

        @Test func `closes it again when it comes again, before a fill too`() async throws {
            try await withTestPage(Self.banner) { page in
                await page.session.setOverlays([try overlay("#cookies", .click(Selector("#cookies >> button")))])
                try await page.click("#target")
                _ = try await page.evaluate("show()")
                try await page.fill("#name", "Anna")
                #expect(
                    try await page.evaluate("[clicked, shut, document.querySelector('input').value]")
                        == "[1,2,\"Anna\"]"
                )
            }
        }

        @Test func `closes what comes between the look and the click`() async throws {
            let source = """
                <button id=target style="width:300px;height:100px" onclick="window.clicked = 1">A</button>
                <div id=late style="position:fixed;inset:0;display:none" onclick="window.wrong = 1"><button onclick="late.remove(); event.stopPropagation()" style="position:absolute;bottom:9px">Zu</button></div>
                <script>target.addEventListener('mousemove', () => { late.style.display = '' }, { once: true })</script>
                """
            try await withTestPage(source) { page in
                await page.session.setOverlays([try overlay("#late", .click(Selector("text=Zu")))])
                try await page.click("#target")
                #expect(try await page.evaluate("[clicked, window.wrong ?? null]") == "[1,null]")
            }
        }

        @Test func `one that could not be closed is tried again while the action waits`() async throws {
            // Two buttons of one name for a second: nobody knows which one closes it.
            let source =
                Self.banner
                + "<script>cookies.prepend(cookies.firstChild.cloneNode(true)); setTimeout(() => cookies.firstChild.remove(), 1000)</script>"
            try await withTestPage(source) { page in
                await page.session.setOverlays([try overlay("#cookies", .click(Selector("#cookies >> button")))])
                let report = try await page.click("#target")
                #expect(try await page.evaluate("[clicked, shut]") == "[1,1]")
                #expect(report.callLog.first?.hasPrefix("could not close the overlay") == true, "\(report.callLog)")
                #expect(report.callLog.contains { $0.hasSuffix("looking for overlays again") }, "\(report.callLog)")
            }
        }

        @Test func `presses a key, or hides it`() async throws {
            let source =
                Self.banner
                + "<script>addEventListener('keydown', (e) => { if (e.key === 'Escape') cookies.remove() })</script>"
            try await withTestPage(source) { page in
                await page.session.setOverlays([try overlay("#cookies", .press(KeyChord(parsing: "Escape")))])
                try await page.click("#target")
                #expect(try await page.evaluate("clicked") == "1")
            }
            try await withTestPage(Self.banner) { page in
                await page.session.setOverlays([try overlay("#cookies", .hide)])
                let report = try await page.click("#target")
                #expect(try await page.evaluate("[clicked, window.shut ?? null]") == "[1,null]")
                #expect(report.callLog.first?.hasSuffix(": hid it") == true)
            }
        }

        @Test func `one lies over the button of the other`() async throws {
            let source = """
                \(Self.banner)<div id=news style="position:fixed;inset:0;background:#eee"><button onclick="news.remove()" style="margin-top:200px">Nein danke</button></div>
                """
            try await withTestPage(source) { page in
                await page.session.setOverlays([
                    try overlay("#cookies", .click(Selector("text=Ablehnen"))),
                    try overlay("#news", .click(Selector("text=Nein danke"))),
                ])
                try await page.click("#target")
                #expect(try await page.evaluate("[clicked, shut]") == "[1,1]")
            }
        }

        @Test func `waits while it fades away, and clicks its button once`() async throws {
            let source = """
                <style>#cookies { transition: opacity .4s } .gone { opacity: 0 }</style>
                <button id=target onclick="window.clicked = 1">A</button>
                <div id=cookies style="position:fixed;inset:0;background:#fff"><button onclick="window.shut = (window.shut ?? 0) + 1; cookies.className = 'gone'; setTimeout(() => cookies.style.pointerEvents = 'none', 400)">Zu</button></div>
                """
            try await withTestPage(source) { page in
                await page.session.setOverlays([try overlay("#cookies", .click(Selector("text=Zu")))])
                try await page.click("#target")
                #expect(try await page.evaluate("[clicked, shut]") == "[1,1]")
            }
        }

        @Test func `an overlay whose script comes late is closed again`() async throws {
            let source = """
                <button id=target onclick="window.clicked = 1">A</button>
                <div id=late style="position:fixed;inset:0"><button id=shut>Zu</button></div>
                <script>setTimeout(() => { shut.onclick = () => late.remove() }, 400)</script>
                """
            try await withTestPage(source) { page in
                await page.session.setOverlays([try overlay("#late", .click(Selector("#shut")))])
                try await page.click("#target")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `a key reaches the overlay, though the focus is in a frame`() async throws {
            let source = """
                <button id=target style="width:100px" onclick="window.clicked = 1">A</button><iframe srcdoc="<input autofocus>"></iframe>
                <div id=news style="position:fixed;inset:0;display:none">Neuigkeiten</div>
                <script>addEventListener('keydown', (event) => { if (event.key === 'Escape') news.remove() })</script>
                """
            try await withTestPage(source) { page in
                await page.session.setOverlays([try overlay("#news", .press(KeyChord(parsing: "Escape")))])
                try await page.click("frame=iframe >> input")
                _ = try await page.evaluate("news.style.display = ''")
                try await page.click("#target")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `one that does not go is left alone, and the log says so`() async throws {
            try await withTestPage(Self.banner) { page in
                await page.session.setOverlays([try overlay("#cookies", .press(KeyChord(parsing: "F9")))])
                let error = await failure { try await page.click("#target", within: .seconds(2)) }
                #expect(error?.callLog.first?.contains("could not close the overlay <div id=\"cookies\">") == true)
                #expect(error?.code == .coveredBy || error?.code == .timeout)
                let clicked = try await page.evaluate("window.clicked ?? null")
                #expect(clicked == "null")
            }
        }

        @Test func `is closed as often as it may be, not more`() async throws {
            try await withTestPage(Self.banner) { page in
                await page.session.setOverlays([
                    try overlay("#cookies", .click(Selector("text=Ablehnen")), times: 1)
                ])
                try await page.click("#target")
                _ = try await page.evaluate("show()")
                let error = await failure { try await page.click("#target", within: .milliseconds(300)) }
                #expect(error?.code == .coveredBy)
            }
        }

        @Test func `what has faded out but lets clicks through is no overlay`() async throws {
            let source =
                Self.banner
                + "<script>cookies.style.opacity = 0; cookies.style.pointerEvents = 'none'; cookies.firstChild.style.pointerEvents = 'none'</script>"
            try await withTestPage(source) { page in
                await page.session.setOverlays([try overlay("#cookies", .press(KeyChord(parsing: "F9")))])
                let report = try await page.click("#target")
                #expect(report.callLog == ["resolved to <button id=\"target\">A</button>"])
            }
        }
    }
}
