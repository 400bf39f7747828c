import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct DragCaseTests {
        /// A card that is draggable by HTML drag and drop; `into` is where it may be dropped, which logs to the top page.
        private static let card = """
            <div id=card draggable=true style="width:60px;height:40px;background:#fc6">Karte</div>
            <script>
              window.log = [];
              card.ondragstart = (event) => { event.dataTransfer.setData('text/plain', 'karte-7'); event.dataTransfer.setData('application/x-card', '{"id":7}'); log.push('start') };
              card.ondragend = () => log.push('end');
              addEventListener('mouseup', () => log.push('mouseup'));
            </script>
            """
        private static let zone = """
            <div id=zone style="width:200px;height:100px;background:#cfc">Ablage</div>
            <script>
              zone.ondragenter = () => top.log.push('enter');
              zone.ondragover = (event) => { event.preventDefault(); if (top.log.at(-1) !== 'over') top.log.push('over') };
              zone.ondragleave = () => top.log.push('leave');
              zone.ondrop = (event) => {
                event.preventDefault();
                top.log.push(`drop ${event.dataTransfer.getData('text/plain')} ${event.dataTransfer.getData('application/x-card')}`);
                zone.append('+');
              };
            </script>
            """

        @Test func `drags with its data, and every event comes (case 54)`() async throws {
            try await withTestPage(Self.card + Self.zone) { page in
                let report = try await page.session.drag(Selector("#card"), to: Selector("#zone"), until: page.soon)
                #expect(report.touched == "div \"Karte\" to div \"Ablage\"")
                let log = try await page.evaluate("log.filter((each) => !['end', 'mouseup'].includes(each)).join(', ')")
                #expect(log == "\"start, enter, over, drop karte-7 {\\\"id\\\":7}\"")
                #expect(try await page.evaluate("log.includes('end')") == "true")
            }
        }

        @Test func `drags into a frame (case 54)`() async throws {
            let frame = Self.zone.replacing("\"", with: "&quot;")
            let source =
                "\(Self.card)<iframe style='width:300px;height:200px;border:9px solid' srcdoc=\"\(frame)\"></iframe>"
            try await withTestPage(source) { page in
                try await page.session.drag(Selector("#card"), to: Selector("frame=iframe >> #zone"), until: page.soon)
                #expect(try await page.evaluate("log.some((each) => each.startsWith('drop karte-7'))") == "true")
            }
        }

        @Test func `is taken back by Escape`() async throws {
            try await withTestPage(Self.card + Self.zone) { page in
                var options = DragOptions()
                options.isCancelled = true
                try await page.session.drag(Selector("#card"), to: Selector("#zone"), options, until: page.soon)
                #expect(try await page.evaluate("log.some((each) => each.startsWith('drop'))") == "false")
                #expect(try await page.evaluate("log.includes('enter')") == "true")
                // The mouse works as before.
                try await page.session.drag(Selector("#card"), to: Selector("#zone"), until: page.soon)
                #expect(try await page.evaluate("log.some((each) => each.startsWith('drop'))") == "true")
            }
        }

        @Test func `sorts a list that uses pointer events and makes room`() async throws {
            let source = """
                <ul id=list style="margin:0;padding:0;list-style:none">\((1...5).map { "<li style='height:40px'>Punkt \($0)</li>" }.joined())</ul>
                <script>
                  let held = null, moves = 0;
                  list.addEventListener('pointerdown', (event) => { held = event.target; moves = 0; held.setPointerCapture(event.pointerId) });
                  list.addEventListener('pointermove', (event) => {
                    if (!held) return;
                    moves += 1;
                    if (moves < 3) return;
                    const over = [...list.children].find((each) => { const box = each.getBoundingClientRect(); return event.clientY >= box.top && event.clientY < box.bottom });
                    if (over && over !== held) over[over.compareDocumentPosition(held) & 2 ? 'after' : 'before'](held);
                  });
                  list.addEventListener('pointerup', () => { held = null });
                </script>
                """
            try await withTestPage(source) { page in
                var options = DragOptions()
                options.steps = 12
                try await page.session.drag(
                    Selector("text=Punkt 1"),
                    to: Selector("text=Punkt 4"),
                    options,
                    until: page.soon
                )
                #expect(try await page.texts("li") == ["Punkt 2", "Punkt 3", "Punkt 4", "Punkt 1", "Punkt 5"])
            }
        }

        @Test func `drops where it is told to, after holding for as long as it is told to`() async throws {
            let source = """
                <div id=a style="width:50px;height:50px;background:red"></div>
                <div id=b style="width:300px;height:90px;background:#ccc"></div>
                <script>
                  a.onmousedown = (event) => { event.preventDefault(); window.since = performance.now() };
                  document.onmousemove = (event) => { if (event.buttons && !window.held) window.held = performance.now() - since };
                  b.onmouseup = (event) => { window.at = [event.offsetX, event.offsetY] };
                </script>
                """
            try await withTestPage(source) { page in
                var options = DragOptions()
                options.source.delay = .milliseconds(200)
                options.targetPosition = PointerOptions.Point(x: 250, y: 30)
                try await page.session.drag(Selector("#a"), to: Selector("#b"), options, until: page.soon)
                #expect(try await page.evaluate("[...at, held >= 190]") == "[250,30,true]")
            }
        }

        @Test func `a slider is dragged to its end`() async throws {
            try await withTestPage(
                "<input type=range min=0 max=10 value=5 style='width:200px'><p style='margin-top:90px'>Ziel</p>"
            ) { page in
                var options = DragOptions()
                options.targetPosition = PointerOptions.Point(x: 199, y: 5)
                try await page.session.drag(Selector("input"), to: Selector("input"), options, until: page.soon)
                #expect(try await page.evaluate("document.querySelector('input').value") == "\"10\"")
            }
        }

        @Test func `what comes over the element before the press is not dragged`() async throws {
            let source = """
                \(Self.card)<div id=over style="position:fixed;inset:0;display:none" onmousedown="window.wrong = 1" onclick="window.wrong = 2"></div>
                \(Self.zone)<script>card.addEventListener('mousemove', () => { over.style.display = ''; setTimeout(() => over.remove(), 1000) }, { once: true })</script>
                """
            try await withTestPage(source) { page in
                let report = try await page.session.drag(Selector("#card"), to: Selector("#zone"), until: page.soon)
                let seen = try await page.evaluate(
                    "[window.wrong ?? null, log.some((each) => each.startsWith('drop'))]"
                )
                #expect(seen == "[null,true]", "\(seen) \(report.callLog)")
                #expect(report.callLog.first?.contains("nothing was dragged, trying again") == true)
            }
        }
    }
}
