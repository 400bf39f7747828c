import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct HitTargetCaseTests {
        @Test func `a wrong hit lets none of the events through (case 26)`() async throws {
            let source = """
                <button style="width:100px;height:50px">A</button><button id=other style="width:100px;height:50px;position:absolute;left:300px;top:8px">B</button>
                <script>
                  window.log = [];
                  const all = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'auxclick', 'dblclick', 'contextmenu'];
                  for (const each of document.querySelectorAll('button'))
                    for (const type of all) each.addEventListener(type, () => log.push(`${each.textContent} ${type}`));
                  // In the moment the pointer arrives the other button takes the place of the first.
                  document.querySelector('button').addEventListener('mousemove', () => { other.style.left = '8px' }, { once: true });
                </script>
                """
            try await withTestPage(source) { page in
                let error = await failure { try await page.click("text=A", within: .seconds(2)) }
                #expect(error?.code == .coveredBy)
                #expect(error?.callLog.first?.hasPrefix("<button id=\"other\">B</button> came in between") == true)
                let log = try await page.evaluate("log")
                #expect(log == "[]")
            }
        }

        @Test func `listeners of the page that came first see nothing of a wrong hit either (case 26)`() async throws {
            let source = """
                <script>
                  window.log = [];
                  for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click']) addEventListener(type, () => log.push(type), true);
                </script>
                <button style="width:100px;height:50px" onmousemove="other.style.left = '8px'">A</button>
                <button id=other style="width:100px;height:50px;position:absolute;left:300px;top:8px">B</button>
                """
            try await withTestPage(source) { page in
                let error = await failure { try await page.click("text=A", within: .seconds(2)) }
                #expect(error?.code == .coveredBy)
                let log = try await page.evaluate("log")
                #expect(log == "[]")
            }
        }

        @Test(arguments: [
            // Drawn anew.
            "b.outerHTML = b.outerHTML",
            // Pushed down.
            "box.style.paddingTop = '300px'",
        ])
        func `what the clock takes away between press and release is clicked again`(change: String) async throws {
            let source = """
                <div id=box><button id=b style="width:100px;height:50px" onclick="window.clicked = (window.clicked ?? 0) + 1">A</button></div>
                <script>
                  // The release of a press that is held for a while comes after this.
                  addEventListener('mousedown', () => setTimeout(() => { \(change) }), { once: true });
                </script>
                """
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.delay = .milliseconds(600)
                let report = try await page.click("#b", options)
                #expect(try await page.evaluate("clicked") == "1")
                #expect(report.callLog.first?.contains("between press and release") == true)
            }
        }

        @Test func `an element that leaves in mousedown was clicked (case 27)`() async throws {
            let source = "<p><button onmousedown=\"window.down = 1; this.parentNode.remove()\">A</button></p>"
            try await withTestPage(source) { page in
                try await page.click("button")
                #expect(try await page.evaluate("down") == "1")
            }
        }

        @Test func `opens a select made of other elements, whose backdrop comes in mousedown (case 28)`() async throws {
            let source = """
                <div id=select role=button aria-haspopup=listbox tabindex=0 style="width:200px;height:40px;background:#eee">Zehn</div>
                <script>
                  select.addEventListener('mousedown', (event) => {
                    const back = document.createElement('div');
                    back.style = 'position:fixed;inset:0;z-index:9';
                    back.innerHTML = '<ul role=listbox style="position:absolute;top:8px;left:8px;width:200px;background:#fff"><li role=option>Zwanzig</li><li role=option>Dreißig</li></ul>';
                    back.addEventListener('click', (event) => {
                      if (event.target.role === 'option') { select.textContent = event.target.textContent; back.remove() }
                    });
                    document.body.append(back);
                  });
                </script>
                """
            try await withTestPage(source) { page in
                try await page.click("#select")
                try await page.click("role=option[name=Dreißig]")
                #expect(try await page.texts("#select") == ["Dreißig"])
            }
        }

        @Test func `an element over the frame of the target is not clicked (case 29)`() async throws {
            let source = """
                <div style="position:relative"><iframe srcdoc="<button onclick='parent.clicked = 1'>A</button>"></iframe>
                <div id=over style="position:absolute;inset:0" onclick="window.wrong = 1"></div></div>
                """
            try await withTestPage(source) { page in
                let error = await failure {
                    try await page.click("frame=iframe >> button", within: .milliseconds(500))
                }
                #expect(error?.code == .coveredBy)
                #expect(error?.message.contains("<div id=\"over\">") == true)
                _ = try await page.evaluate("over.remove()")
                try await page.click("frame=iframe >> button")
                #expect(try await page.evaluate("[clicked, window.wrong ?? null]") == "[1,null]")
            }
        }

        @Test func `a frame that slides over the target gets no event (case 29)`() async throws {
            let source = """
                <button style="width:200px;height:60px" onclick="window.clicked = 1">A</button>
                <iframe id=over srcdoc="<body onmousedown='parent.wrong = 1' onclick='parent.wrong = 2'>"
                  style="position:fixed;left:0;top:0;width:400px;height:200px;border:0;display:none"></iframe>
                <script>
                  document.querySelector('button').addEventListener('mousemove', () => {
                    over.style.display = '';
                    setTimeout(() => over.remove(), 1500);
                  }, { once: true });
                </script>
                """
            try await withTestPage(source) { page in
                try await page.click("button")
                #expect(try await page.evaluate("window.clicked") == "1")
            }
        }

        @Test func `hits what is inside a closed shadow root (case 30)`() async throws {
            let source = """
                <x-box></x-box>
                <script>
                  customElements.define('x-box', class extends HTMLElement {
                    connectedCallback() {
                      const root = this.attachShadow({ mode: 'closed' });
                      root.innerHTML = '<button style="width:90px">A</button>';
                      root.querySelector('button').onclick = () => { window.clicked = 1 };
                    }
                  });
                </script>
                """
            try await withTestPage(source) { page in
                try await page.click("x-box")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }
    }
}
