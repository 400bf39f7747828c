import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct ClickFailureTests {
        static let covered = """
            <button onclick="window.clicked = true">A</button>
            <div id=cookie role=dialog style="position:fixed;inset:0"><p style="height:100%">Cookies?</p></div>
            """

        @Test func `nothing is clicked after the deadline`() async throws {
            try await withTestPage("<button style='display:none' onclick='window.clicked = true'>A</button>") { page in
                let error = await failure { try await page.click("button", within: .milliseconds(300)) }
                #expect(error?.code == .notVisible)
                _ = try await page.evaluate("document.querySelector('button').style.display = ''")
                _ = try await page.evaluate("new Promise((done) => setTimeout(done, 200))")
                #expect(try await page.evaluate("window.clicked ?? null") == "null")
            }
        }

        @Test func `says who is in the way and what it belongs to`() async throws {
            try await withTestPage(Self.covered) { page in
                let error = await failure { try await page.click("button", within: .seconds(1)) }
                #expect(error?.code == .coveredBy)
                #expect(error?.message.contains("<p>Cookies?</p> from <div id=\"cookie\" role=\"dialog\">") == true)
                #expect(error?.callLog.contains { $0.contains(" × resolved to <button>A</button>") } == true)
            }
        }

        @Test func `clicks for the second time after the first timed out`() async throws {
            try await withTestPage(Self.covered) { page in
                let error = await failure { try await page.click("button", within: .milliseconds(200)) }
                #expect(error?.code == .coveredBy)
                _ = try await page.evaluate("cookie.remove()")
                try await page.click("button")
                #expect(try await page.evaluate("clicked") == "true")
            }
        }

        @Test func `a button that moves away before a late release is not clicked, nor is what is there by then`()
            async throws
        {
            let source = """
                <body style="height:400px"><button style="width:200px;height:60px">A</button>
                <script>window.clicks = 0; addEventListener('click', () => clicks += 1, true);</script>
                """
            try await withTestPage(source) { page in
                let session = page.session
                let arguments = PointerOptions().arguments(try Selector("button"), kind: "click")
                let prepared = try await session.ask("prepare", arguments, until: page.soon)
                let place = try #require(prepared.place)
                let events = PageSession.MouseGesture(x: place.x, y: place.y).events
                let press = Array(events.dropLast())
                _ = try await session.perform(press, confirmedBy: nil, deadline: .seconds(30))
                var confirmation: JSONObject = ["token": prepared.result["token"] ?? .null, "kind": "click"]
                let early = try await session.ask("finish", confirmation, in: nil, until: page.soon)
                #expect(early.result["silent"] == true)
                _ = try await page.evaluate("document.querySelector('button').style.marginLeft = '400px'")
                _ = try await session.perform([events[events.count - 1]], confirmedBy: nil, deadline: .seconds(30))
                confirmation["isLast"] = true
                let end = try await session.ask("finish", confirmation, in: nil, until: page.soon)
                #expect(end.result["missed"]?.string?.contains("moved away") == true)
                #expect(try await page.evaluate("clicks") == "0")
            }
        }

        @Test(arguments: [
            // By the clock, while the release is on its way; gone again later.
            ("() => setTimeout(() => cover.style.display = '')", #"["button"]"#),
            // By the press itself: then the release is meant for it.
            ("() => cover.style.display = ''", #"["body"]"#),
        ])
        func `what comes over a button between press and release gets no click, unless the press itself brought it`(
            covers: String,
            clicks: String
        ) async throws {
            let source = """
                <body style="height:400px"><button style="width:200px;height:60px">A</button>
                <div id=cover style="position:fixed;inset:0;display:none"></div>
                <script>
                  window.clicks = [];
                  addEventListener('click', (event) => clicks.push(event.target.localName), true);
                  const button = document.querySelector('button');
                  button.addEventListener('mousedown', \(covers), { once: true });
                  button.addEventListener('mousedown', () => setTimeout(() => cover.remove(), 1000));
                </script>
                """
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.delay = .milliseconds(100)
                let report = try await page.click("button", options)
                let clicked = try await page.evaluate("clicks").description
                #expect(clicked == clicks, "\(report.callLog)")
            }
        }

        @Test(arguments: [
            (
                "<div id=cover style='position:fixed;inset:0;display:none'></div>", "cover",
                "<div id=\"cover\">"
            ),
            (
                "<iframe id=cover style='position:fixed;left:0;top:0;width:300px;height:200px;display:none'></iframe>",
                "cover.contentWindow", "came in between"
            ),
        ])
        func `an overlay or a frame that comes between check and event gets no event`(
            cover: String,
            whoListens: String,
            words: String
        ) async throws {
            let source = """
                <button style="width:200px;height:60px" onclick="window.clicked = true">A</button>
                \(cover)
                <script>
                  window.wrong = [];
                  for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click'])
                    \(whoListens).addEventListener(type, () => wrong.push(type), true);
                  // The pointer arrives before the press: the page covers the button in that moment, once.
                  document.querySelector('button').addEventListener('mousemove', () => {
                    cover.style.display = '';
                    setTimeout(() => cover.remove(), 1000);
                  }, { once: true });
                </script>
                """
            try await withTestPage(source) { page in
                let report = try await page.click("button")
                #expect(try await page.evaluate("[window.clicked, wrong]") == "[true,[]]")
                #expect(report.callLog.first?.contains(words) == true)
            }
        }

        @Test func `two matches are an error that lists them with selectors of their own`() async throws {
            let source =
                "<button>A</button><button id=save>B</button><button>B</button><p><button data-testid=last>C</button>"
            try await withTestPage(source) { page in
                let error = await failure { try await page.click("button") }
                #expect(error?.code == .ambiguous)
                let lines = (error?.message ?? "").split(separator: "\n").map(String.init)
                #expect(lines.first == "4 elements match button; exactly one is needed. Use one of these:")
                #expect(
                    lines.dropFirst().compactMap { $0.split(separator: "→  ").last.map(String.init) } == [
                        "role=button[name=\"A\"][exact]", "css=#save", "button >> nth=2", "testid=\"last\"",
                    ]
                )
                for line in lines.dropFirst() {
                    let selector = try #require(line.split(separator: "→  ").last.map(String.init))
                    #expect(try await page.count(selector) == 1)
                }
            }
        }

        @Test func `lists ten of many matches`() async throws {
            try await withTestPage(String(repeating: "<i>x</i>", count: 14)) { page in
                let error = await failure { try await page.click("i") }
                #expect(error?.message.contains("14 elements match i") == true)
                #expect(error?.message.hasSuffix("… and 4 more") == true)
            }
        }

        @Test func `a selector that never matches says so, with what is there instead`() async throws {
            try await withTestPage(file: "roles.html") { page in
                let error = await failure {
                    try await page.click("role=button[name=\"Speichern\"]", within: .milliseconds(300))
                }
                #expect(error?.code == .notFound)
                #expect(
                    error?.message.hasPrefix("No element matches role=button[name=\"Speichern\"] on http://") == true
                )
                #expect(error?.message.contains("The button elements there are: \"Schließen\", \"Suchen\"") == true)
                #expect(error?.message.hasSuffix("(waited 0.3 s)") == true)
            }
        }

        @Test func `a chain says which part matches nothing`() async throws {
            try await withTestPage("<form id=login><button>A</button></form>") { page in
                let error = await failure {
                    try await page.click("#login >> text=Weiter >> nth=0", within: .milliseconds(100))
                }
                #expect(error?.message.contains("Its part text=Weiter is what matches nothing") == true)
            }
        }

        @Test func `what is inside a frame is said to be there`() async throws {
            try await withTestPage("<iframe name=box srcdoc='<button>A</button>'></iframe>") { page in
                let error = await failure { try await page.click("role=button[name=A]", within: .milliseconds(300)) }
                #expect(error?.message.contains("write frame=iframe >> before it") == true)
                try await page.click("frame=iframe >> role=button[name=A]")
            }
        }

        @Test func `a guard whose gesture never came swallows nothing`() async throws {
            try await withTestPage("<button onclick='window.clicked = true'>A</button><p>B</p>") { page in
                let arguments = PointerOptions().arguments(try Selector("p"), kind: "click")
                _ = try await page.session.ask("prepare", arguments, until: page.soon)
                try await page.session.press(Selector("button"), KeyChord(parsing: "Enter"), until: page.soon)
                #expect(try await page.evaluate("clicked") == "true")
            }
        }

        @Test func `CSS that is not valid is refused at once`() async throws {
            try await withTestPage("<p>") { page in
                let error = await failure { try await page.click("css=div >", within: .seconds(60)) }
                #expect(error?.code == .invalidInput)
            }
        }

        @Test func `a click that opens a dialog fails under the policy to fail, and goes on under another`()
            async throws
        {
            let source = "<button onclick=\"window.answer = confirm('Sicher?')\">A</button>"
            try await withTestPage(source) { page in
                await page.session.setDialogPolicy(.fail)
                #expect(await failure { try await page.click("button") }?.code == .dialogOpen)
                await page.session.setDialogPolicy(.accept)
                try await page.click("button")
                #expect(try await page.evaluate("answer") == "true")
            }
        }

        @Test func `a page whose scripts never end is a timeout, not a hang`() async throws {
            try await withTestPage("<button>A</button>") { page in
                await page.session.setAgentGrace(.milliseconds(500))
                _ = try await page.evaluate("setTimeout(() => { for (;;) {} }), 0")
                let error = await failure { try await page.click("button", within: .milliseconds(300)) }
                #expect(error?.code == .timeout)
            }
        }
    }
}
