import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct SelectorCaseTests {
        /// Ids of what selectors find, in order, held against what they should find.
        private func expect(
            _ page: TestPage,
            _ cases: [(selector: String, ids: String)],
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            var ids = Extraction()
            (ids.isAll, ids.kind, ids.attribute) = (true, .attribute, "id")
            for (selector, wanted) in cases {
                var found = ""
                if try await page.count(selector) != 0 {
                    let report = try await page.session.extract(Selector(selector), ids, until: page.soon)
                    found = (report.value.array ?? []).map { $0.string ?? "?" }.joined(separator: " ")
                }
                #expect(found == wanted, "\(selector)", sourceLocation: sourceLocation)
            }
        }

        @Test func `combinators and functions of CSS see open shadow roots as one tree (case 55)`() async throws {
            let source = """
                <main id=m><div id=host class=a></div><p id=light class=b>hell</p></main>
                <script>
                  const outer = host.attachShadow({ mode: "open" });
                  outer.innerHTML = '<section id=s><p id=p1 class=b>eins</p><div id=inner></div></section>';
                  outer.getElementById("inner").attachShadow({ mode: "open" }).innerHTML = '<p id=p2 class=b>zwei <i id=i>kursiv</i></p>';
                </script>
                """
            try await withTestPage(source) { page in
                try await expect(
                    page,
                    [
                        (".a .b", "p1 p2"), (".a > section > .b", "p1"), ("main .b", "p1 p2 light"),
                        ("p.b, i", "p1 p2 i light"),
                        ("section:has(i)", "s"), ("div:has(> section)", "host"), (":is(.a, .x) i", "i"),
                        ("p:not(:has(i))", "p1 light"), ("p:not(.a p)", "light"), ("p:has(+ div)", "p1"),
                        ("main :is(section .b)", "p1 p2"), ("#host + p", "light"), ("p:nth-child(1)", "p1 p2"),
                        ("#s >> :scope > p", "p1"), ("#host >> i", "i"), ("nav .b", ""),
                    ]
                )
                #expect(await failure { try await page.count("p:foo(x)") }?.code == .invalidInput)
            }
        }

        @Test func `text is a part in any case, all of it in quotes, of the smallest element (case 56)`() async throws {
            let source = """
                <div id=d1>textwithsubstring</div><div id=d2><span id=s2>Some Text</span></div><p id=p>Stra\u{DF}e</p>
                <p id=n>a\u{A0}b   c</p><p id=y>Rech\u{AD}nung</p><p id=u>U\u{308}bersicht</p><b id=q>sag "ja"</b>
                """
            try await withTestPage(source) { page in
                try await expect(
                    page,
                    [
                        ("text=with", "d1"), ("text=SOME text", "s2"), ("text=\"Some Text\"", "s2"),
                        ("text=\"some text\"", ""),
                        ("text=\"Some\"", ""), ("text=/some\\s+t/i", "s2"), ("text=/^Some/", "s2"),
                        ("text=Straße", "p"),
                        ("text=a b c", "n"), ("text=\"a b c\"", "n"), ("text=Rechnung", "y"),
                        ("text=\u{DC}bersicht", "u"), ("text=\"sag \\\"ja\\\"\"", "q"), ("text='sag \"ja\"'", "q"),
                    ]
                )
            }
        }

        @Test func `the text of buttons made by input is their value (case 57)`() async throws {
            let source = """
                <input id=s type=submit value=Senden><input id=b type=button value="Noch eins"><input id=r type=reset value=Leeren>
                <input id=t type=text value=Senden>
                """
            try await withTestPage(source) { page in
                try await expect(
                    page,
                    [
                        ("text=senden", "s"), ("text=\"Noch eins\"", "b"), ("text=/leer/i", "r"),
                        ("input >> has-text=noch", "b"),
                    ]
                )
            }
        }

        @Test func `roles are found by name, hidden ones when asked for (case 58)`() async throws {
            let source = """
                <div id=a role=button aria-label=" Hello "></div><button id=b>Hello <i>world</i></button>
                <div id=c role=button aria-label="Hello" aria-hidden=true></div>
                <div style="display:none"><div id=d role=button aria-label=Hello></div></div>
                <div id=e role=button style="visibility:hidden">Hello</div><button id=f inert>Hello</button>
                """
            try await withTestPage(source) { page in
                try await expect(
                    page,
                    [
                        ("role=button[name=\"Hello\"][exact]", "a"), ("role=button[name=hello]", "a b"),
                        ("role=button[name=/^hel*/i]", "a b"), ("role=button[name=\"Hello world\"]", "b"),
                        ("role=button[name=\"Hello\"][include-hidden]", "a b c d e f"), ("role=button[name=x]", ""),
                    ]
                )
            }
        }

        @Test func `one of several labels finds a field, and all of them together (case 59)`() async throws {
            let source = """
                <label for=x id=l1>Vorname</label><input id=x><label for=x>wie im Pass</label>
                <label>E-Mail <input id=m><small>gesch\u{E4}ftlich</small></label>
                <span id=k1>Nummer</span><span id=k2>der Karte</span><input id=k aria-labelledby="k1 k2"><input id=z aria-label=Zahl>
                <label for=sel>Land</label><select id=sel><option>Zahl der L\u{E4}nder</select>
                """
            try await withTestPage(source) { page in
                try await expect(
                    page,
                    [
                        ("label=Vorname", "x"), ("label=\"wie im Pass\"", "x"), ("label=\"Vorname wie im Pass\"", "x"),
                        ("label=e-mail", "m"), ("label=/geschäft/", "m"), ("label=der karte", "k"),
                        ("label=\"Nummer\"", "k"),
                        ("label=Zahl", "z"), ("label=Land", "sel"),
                    ]
                )
            }
        }

        @Test func `a chain is strict at its end only (case 60)`() async throws {
            let source = "<div><div id=d1><b id=b1>x</b></div><div><b id=b2>y</b></div></div>"
            try await withTestPage(source) { page in
                #expect(try await page.texts("div >> div >> #b1") == ["x"])
                try await page.click("div >> #b2")
                let error = await failure { try await page.click("div >> b", within: .seconds(1)) }
                #expect(error?.code == .ambiguous)
            }
        }

        @Test func `several matches are no element (case 61)`() async throws {
            try await withTestPage("<span>a</span><div><span>b</span></div>") { page in
                let error = await failure {
                    try await page.session.extract(Selector("span"), Extraction(), until: page.soon)
                }
                #expect(error?.code == .ambiguous)
                #expect(error?.message.contains("2 elements match span") == true)
                let count = try await page.count("span")
                #expect(count == 2)
            }
        }

        @Test func `selectors are combined by has, has-not, and, or and by place (case 62)`() async throws {
            let source = """
                <section id=s1><button id=b1 title=Abo>Abonnieren</button></section>
                <section id=s2><a id=a2 href=x>Abonnieren</a><i id=i2>neu</i></section><section id=s3><p id=p3>leer</p></section>
                """
            try await withTestPage(source) { page in
                try await expect(
                    page,
                    [
                        ("section >> has=button", "s1"), ("section >> has=\"text=neu\"", "s2"),
                        ("section >> has-not=i", "s1 s3"),
                        ("section >> has-text=abo", "s1 s2"), ("section >> has-not-text=abo", "s3"),
                        ("role=button >> and=title=Abo", "b1"), ("role=button >> and=title=x", ""),
                        ("role=button >> or=role=link", "b1 a2"), ("nav >> or=p", "p3"),
                        ("i >> or=\"section >> button\"", "b1 i2"),
                        ("section >> first", "s1"), ("section >> last", "s3"), ("section >> nth=1 >> i", "i2"),
                        ("section >> has=\"i >> has-text=neu\" >> a", "a2"),
                        ("role=button >> or=role=link >> last", "a2"),
                        ("section >> or=p >> has-text=leer", "s3 p3"),
                    ]
                )
            }
        }

        @Test func `an XPath begins at what was found before (case 63)`() async throws {
            let source = "<div id=o><span id=a>1</span></div><div id=p><span id=b>2</span><span id=c>3</span></div>"
            try await withTestPage(source) { page in
                try await expect(
                    page,
                    [
                        ("#p >> //span", "b c"), ("#p >> xpath=(//span)[2]", "c"), ("#p >> xpath=./span[1]", "b"),
                        ("#a >> ..", "o"), ("//div[@id='p']/span", "b c"), ("#p >> xpath=//b | //span[.=\"3\"]", "c"),
                    ]
                )
            }
        }

        @Test func `what is listed for several matches finds each alone, also where only its place tells it (case 64)`()
            async throws
        {
            let source = """
                <ul id=list><li><button>L\u{F6}schen</button> Anna</li><li><button>L\u{F6}schen</button> Bert</li><li><button>L\u{F6}schen</button></li></ul>
                <div id="1 x&quot;y"><button></button><button></button></div><div id=host></div><div id=host2></div>
                <iframe srcdoc="<p><button>Innen</button><button>Innen</button></p><button name='q&quot;\\'>x</button>"></iframe>
                <script>
                  for (const each of [host, host2]) each.attachShadow({ mode: "open" }).innerHTML = "<p><button></button><button>tief</button></p>";
                </script>
                """
            try await withTestPage(source) { page in
                try await page.session.waitFor(Self.visible("frame=iframe >> p"), until: page.soon)
                for selector in ["button", "role=button", "frame=iframe >> button", "#list >> button", "p"] {
                    let error = await failure { try await page.click(selector, within: .seconds(5)) }
                    #expect(error?.code == .ambiguous)
                    let lines = (error?.message ?? "").split(separator: "\n").dropFirst().filter { $0.contains("→") }
                    let all =
                        try await page.session.extract(Selector(selector), Self.html, until: page.soon).value.array
                        ?? []
                    #expect(lines.count == min(10, all.count))
                    for (line, html) in zip(lines, all) {
                        let single = try #require(line.split(separator: "→  ").last.map(String.init))
                        let found = try await page.session.extract(Selector(single), Self.html, until: page.soon)
                        #expect(found.value == .array([html]), "\(single)")
                    }
                    #expect(Set(lines.map { $0.split(separator: "→  ").last }).count == lines.count, "\(lines)")
                }
            }
        }

        @Test func `counting while the page goes elsewhere fails nothing (case 65)`() async throws {
            try await withTestPage(file: "button.html") { page in
                _ = try await page.evaluate("setTimeout(() => { location.href = '/inputs.html' })")
                for _ in 0..<20 { _ = try await page.count("button") }
                try await page.session.waitFor(Self.visible("#text"), until: page.soon)
                #expect(try await page.count("#text") == 1)
            }
        }

        private static func visible(_ selector: String) throws -> PageCondition {
            var condition = PageCondition()
            condition.selector = try Selector(selector)
            return condition
        }

        private static var html: Extraction {
            var html = Extraction()
            (html.kind, html.isAll) = (.html, true)
            return html
        }
    }
}
