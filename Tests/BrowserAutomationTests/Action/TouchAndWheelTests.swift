import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct TouchAndWheelTests {
        private static let button = """
            <button style="width:90px">A</button><script>
              window.log = [];
              for (const type of ['touchstart', 'touchend', 'pointerdown', 'mousedown', 'click'])
                document.querySelector('button').addEventListener(type, (event) => log.push(type + (event.pointerType ? ` ${event.pointerType}` : '')));
            </script>
            """

        @Test func `taps with a finger where there is a touch screen`() async throws {
            try await withTestPage(Self.button) { page in
                var options = PageOptions()
                options.hasTouch = true
                try await page.session.emulate(options)
                let report = try await page.session.tap(Selector("button"), until: page.soon)
                #expect(report.touched == "button \"A\"")
                #expect(
                    try await page.evaluate("log.join(', ')")
                        == "\"pointerdown touch, touchstart, touchend, mousedown, click touch\""
                )
            }
        }

        @Test func `says so where there is none`() async throws {
            try await withTestPage(Self.button) { page in
                let error = await failure { try await page.session.tap(Selector("button"), until: page.soon) }
                #expect(error?.code == .invalidInput)
                #expect(error?.message.contains("browser.touch") == true)
                let log = try await page.evaluate("log")
                #expect(log == "[]")
            }
        }

        @Test func `turns the wheel over what scrolls, and over the page`() async throws {
            let source = """
                <div id=box style="height:100px;overflow:auto"><div style="height:900px">lang</div></div><div style="height:3000px"></div>
                <script>window.wheels = 0; addEventListener('wheel', () => wheels += 1)</script>
                """
            try await withTestPage(source) { page in
                let down = PointerOptions.Point(x: 0, y: 240)
                try await page.session.turnWheel(over: Selector("#box"), by: down, until: page.soon)
                #expect(
                    try await page.evaluate("[document.querySelector('#box').scrollTop > 0, scrollY]") == "[true,0]"
                )
                try await page.session.turnWheel(over: nil, by: down, until: page.soon)
                #expect(try await page.evaluate("[scrollY > 0, wheels]") == "[true,2]")
            }
        }

        @Test func `gives and takes the focus`() async throws {
            let source = """
                <label>Name <input id=name onfocus="log.push('focus')" onblur="log.push('blur')"></label><p>Text</p><script>window.log = []</script>
                """
            try await withTestPage(source) { page in
                try await page.session.setFocus(true, Selector("label"), until: page.soon)
                #expect(try await page.evaluate("document.activeElement.id") == "\"name\"")
                try await page.session.setFocus(false, Selector("#name"), until: page.soon)
                #expect(try await page.evaluate("log") == "[\"focus\",\"blur\"]")
                let error = await failure {
                    try await page.session.setFocus(true, Selector("p"), until: .now + .milliseconds(300))
                }
                #expect(error?.message.contains("does not take the focus") == true)
            }
        }
    }
}
