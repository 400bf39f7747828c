import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct ActionabilityTests {
        private static let counts = "onclick=\"window.clicked = (window.clicked ?? 0) + 1\""
        private static let pixel = "src='data:image/gif;base64,R0lGODlhAQABAAAAACw='"

        @Test(arguments: [
            ("opacity 0", "button", "<button style='opacity:0' \(counts)>A</button>"),
            (
                "display contents", "#a",
                "<div id=a style='display:contents' \(counts)><b style='display:block;width:90px'>x</b></div>"
            ),
            ("text of display contents", "#a", "<div id=a style='display:contents' \(counts)>nur Text</div>"),
            (
                "floats out of an empty link", "a",
                "<a \(counts)><img \(pixel) style='float:left;width:50px;height:50px'></a>"
            ),
            (
                "a link over two lines", "a",
                "<div style='width:130px;font:16px monospace'>hallo hallo <a \(counts)>über zwei Zeilen</a></div>"
            ),
            (
                "a ring", "circle",
                "<svg width=200 height=200><circle cx=100 cy=100 r=80 fill=none stroke=red stroke-width=20 \(counts) /></svg>"
            ),
            (
                "an angle", "g",
                "<svg width=200 height=200><g \(counts)><path d='M0 0 L200 0 L200 10 L10 10 L10 200 L0 200 Z'/></g></svg>"
            ),
            (
                "a clipped shape", "#a",
                "<div id=a style='clip-path:polygon(0 0,100px 0,0 100px);width:200px;height:200px;background:red' \(counts)></div>"
            ),
            (
                "an area of an image", "area",
                "<img usemap='#m' width=200 height=200 \(pixel)><map name=m><area shape=rect coords='100,100,150,150' href='javascript:void(window.clicked = 1)'></map>"
            ),
            (
                "a triangle of an image", "area",
                "<img usemap='#m' width=200 height=200 \(pixel)><map name=m><area shape=poly coords='0,0,100,0,0,100' href='javascript:void(window.clicked = 1)'></map>"
            ),
            (
                "rotated and scaled", "button",
                "<div style='transform:rotate(40deg) scale(.7);margin:200px'><button \(counts)>A</button></div>"
            ),
            ("zoomed", "button", "<div style='zoom:1.7;margin:90px'><button \(counts)>A</button></div>"),
            (
                "fixed", "button",
                "<div style='height:3000px'></div><button style='position:fixed;bottom:9px' \(counts)>A</button>"
            ),
            (
                "larger than the viewport", "#a",
                "<div style='height:300px'></div><div id=a style='width:5000px;height:5000px' \(counts)></div>"
            ),
            (
                "in a modal dialog", "dialog button",
                "<dialog id=d><button \(counts)>A</button></dialog><script>d.showModal()</script>"
            ),
            (
                "in a popover", "#p button",
                "<div id=p popover><button \(counts)>A</button></div><script>p.showPopover()</script>"
            ),
            (
                "two scrollers deep", "button",
                "<div style='height:2000px'></div><div style='height:200px;overflow:auto'><div style='height:900px'></div><div style='height:100px;overflow:auto'><div style='height:500px'></div><button \(counts)>A</button></div></div>"
            ),
        ])
        func `clicks`(what: String, selector: String, source: String) async throws {
            try await withTestPage(source) { page in
                try await page.click(selector)
                #expect(try await page.evaluate("clicked") == "1", "\(what)")
            }
        }

        @Test(arguments: [
            ("<div inert><button>A</button></div>", BrowserError.Code.notEnabled, "which is inert"),
            ("<div><button style='pointer-events:none'>A</button></div>", .coveredBy, "pointer-events: none"),
            (
                "<button>A</button><dialog id=d>Hallo</dialog><script>d.showModal()</script>", .coveredBy,
                "<dialog id=\"d\" open>"
            ),
            ("<div aria-disabled=true><button>A</button></div>", .notEnabled, "is disabled"),
            ("<fieldset disabled><legend>x</legend><button>A</button></fieldset>", .notEnabled, "is disabled"),
            ("<div style='height:0;overflow:hidden'><button>A</button></div>", .outsideViewport, "cannot be scrolled"),
            ("<div style='display:contents;visibility:hidden'><button>A</button></div>", .notVisible, "not visible"),
        ])
        func `says what is missing`(source: String, code: BrowserError.Code, words: String) async throws {
            try await withTestPage(source) { page in
                let error = await failure { try await page.click("button", within: .milliseconds(400)) }
                #expect(error?.code == code, "\(error?.message ?? "")")
                #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            }
        }

        @Test func `what stands in the legend of a disabled group is enabled`() async throws {
            let source = "<fieldset disabled><legend><button \(Self.counts)>A</button></legend></fieldset>"
            try await withTestPage(source) { page in
                try await page.click("button")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `scrolls until the wanted place of a long element is in view`() async throws {
            let source =
                "<div id=a style='width:200px;height:4000px;background:#eee' onclick='window.at = [event.offsetX, event.offsetY]'></div>"
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.position = PointerOptions.Point(x: 20, y: 3100)
                try await page.click("#a", options)
                #expect(try await page.evaluate("at") == "[20,3100]")
            }
        }

        @Test func `a place in a scaled element is counted in its own pixels`() async throws {
            let source =
                "<div style='transform:scale(2);transform-origin:0 0'><div id=a style='width:100px;height:100px' onclick='window.at = [event.offsetX, event.offsetY]'></div></div>"
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.position = PointerOptions.Point(x: 20, y: 30)
                try await page.click("#a", options)
                #expect(try await page.evaluate("at") == "[20,30]")
            }
        }

        @Test func `without a check of stability the guard keeps a click from what is not meant`() async throws {
            let source = """
                <button id=b style="position:absolute;left:0;width:60px" onclick="window.clicked = 1">A</button>
                <button style="position:absolute;left:0;top:100px" onclick="window.wrong = 1">B</button>
                <script>b.addEventListener('mousemove', () => { b.style.left = '400px' }, { once: true })</script>
                """
            try await withTestPage(source) { page in
                var options = PointerOptions()
                options.stability = .none
                let report = try await page.click("text=A", options)
                #expect(try await page.evaluate("[window.clicked, window.wrong ?? null]") == "[1,null]")
                #expect(report.callLog.first?.contains("nothing was clicked, trying again") == true)
            }
        }

        @Test func `a page slow to hear of a click is not clicked twice`() async throws {
            let source = """
                <button>A</button><script>
                  window.clicked = 0;
                  const button = document.querySelector('button');
                  button.onclick = () => { clicked += 1 };
                  button.addEventListener('mousemove', () => { const end = Date.now() + 700; while (Date.now() < end); }, { once: true });
                </script>
                """
            try await withTestPage(source) { page in
                try await page.click("button")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }
    }
}
