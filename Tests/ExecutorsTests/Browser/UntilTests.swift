import Executors
import JSON
import JobModel
import Testing

extension BrowserExecutorTests {
    @Suite struct UntilTests {
        private func page(_ source: String) -> JSONObject { ["url": .string("data:text/html;charset=utf-8,\(source)")] }

        /// A button that works only a while after it was clicked in vain, as on a page whose scripts come late.
        private static let late = """
            <button id=b>Öffnen</button><p id=p hidden>offen</p>
            <script>window.clicks = 0; window.heard = 0; addEventListener('click', () => {
              if (clicks++ === 0) setTimeout(() => b.addEventListener('click', () => { heard += 1; p.hidden = false }), 300);
            }, true)</script>
            """

        @Test func `a click that nobody heard is done again until it worked`() async throws {
            try await withBrowserJob(allowsScripts: true) { job in
                try await job.run(.goto, with: page(Self.late))
                let outcome = try await job.run(
                    .click,
                    "text=Öffnen",
                    with: ["until": ["selector": "#p", "state": "visible", "within": "200ms"]]
                )
                #expect(outcome.touched == "button \"Öffnen\"")
                #expect(outcome.callLog.contains { $0.hasPrefix("nothing came of it, doing it again") })
                let counts = try await job.run(.evaluate, with: ["script": "[clicks > 1, heard]"])
                #expect(counts.outputs["value"] == [true, 1])
            }
        }

        @Test func `what the page answered is not done again, but waited for`() async throws {
            let source = """
                <button id=b onclick="window.n = (window.n || 0) + 1; b.className = 'busy'; setTimeout(() => p.hidden = false, 1500)">Senden</button><p id=p hidden>gesendet</p>
                """
            try await withBrowserJob(allowsScripts: true) { job in
                try await job.run(.goto, with: page(source))
                let outcome = try await job.run(
                    .click,
                    "#b",
                    with: ["until": ["text": "gesendet", "within": "100ms"]]
                )
                #expect(outcome.callLog.contains { $0.hasPrefix("not reached yet, but something came of it") })
                #expect(try await job.run(.evaluate, with: ["script": "n"]).outputs["value"] == 1)
            }
        }

        @Test func `once is done once`() async throws {
            try await withBrowserJob(allowsScripts: true) { job in
                try await job.run(.goto, with: page(Self.late))
                let failure = await job.failure(
                    .click,
                    "#b",
                    within: .milliseconds(1500),
                    once: true,
                    with: ["until": ["text": "offen", "within": "100ms"]]
                )
                #expect(failure?.reason == .expectationFailed)
                #expect(
                    failure?.message.hasPrefix(
                        "button \"Öffnen\" was worked once, but what 'until' waits for did not come"
                    ) == true
                )
                #expect(try await job.run(.evaluate, with: ["script": "clicks"]).outputs["value"] == 1)
            }
        }

        @Test func `says how often it was done and what was there instead`() async throws {
            try await withBrowserJob { job in
                try await job.run(.goto, with: page("<button id=b>A</button><p id=p>zu</p>"))
                let failure = await job.failure(
                    .click,
                    "#b",
                    within: .seconds(4),
                    with: ["until": ["selector": "#p", "equals": "auf", "within": "200ms"]]
                )
                #expect(failure?.reason == .expectationFailed)
                let message = failure?.message ?? ""
                #expect(
                    message.contains("times, but what 'until' waits for did not come: Expected the text of"),
                    "\(message)"
                )
                #expect(message.contains("\"zu\""), "\(message)")
            }
        }

        @Test func `works with keys and fields too`() async throws {
            let source = """
                <input id=i><p id=p></p><script>
                let first = true;
                i.addEventListener('input', () => { if (first) setTimeout(() => { i.oninput = () => { p.textContent = i.value } }, 300); first = false })</script>
                """
            try await withBrowserJob { job in
                try await job.run(.goto, with: page(source))
                try await job.run(
                    .fill,
                    "#i",
                    text: "Anna",
                    with: ["until": ["selector": "#p", "text": "Anna", "within": "200ms"]]
                )
            }
        }
    }
}
