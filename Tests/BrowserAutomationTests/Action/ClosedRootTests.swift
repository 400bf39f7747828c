import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct ClosedRootTests {
        /// A form in a closed root in a closed root.
        private static let form = """
            <x-form></x-form><script>
              customElements.define('x-field', class extends HTMLElement {
                connectedCallback() {
                  const root = this.attachShadow({ mode: 'closed' });
                  root.innerHTML = '<label>Betreff <input></label>';
                  root.querySelector('input').oninput = (event) => { window.subject = event.target.value };
                }
              });
              customElements.define('x-form', class extends HTMLElement {
                connectedCallback() {
                  const root = this.attachShadow({ mode: 'closed' });
                  root.innerHTML = '<h2>Buchung</h2><x-field></x-field><button>Buchen</button>';
                  root.querySelector('button').onclick = () => { window.booked = (window.booked ?? 0) + 1 };
                }
              });
            </script>
            """

        @Test func `what is inside closed roots is found, worked and read`() async throws {
            try await withTestPage(Self.form) { page in
                try await page.fill("label=Betreff", "Rechnung 7")
                try await page.click("x-form >> role=button[name=Buchen]")
                #expect(try await page.evaluate("[subject, booked]") == "[\"Rechnung 7\",1]")
                #expect(try await page.texts("h2") == ["Buchung"])
                #expect(try await page.count("x-form > button") == 1)
                var text = PageCondition()
                text.text = TextMatch(.contains, "Betreff")
                try await page.session.waitFor(text, until: page.soon)
            }
        }

        @Test(arguments: [
            "<div id=host style='height:40px'></div><script>host.attachShadow({ mode: 'closed' }).innerHTML = '<button onclick=\"window.clicked = 1\">A</button>'</script>",
            "<section><template shadowrootmode=closed><button onclick='window.clicked = 1'>A</button></template></section>",
            """
            <p>noch nichts</p><script>setTimeout(() => {
              document.body.append(document.createElement('x-late'));
              customElements.define('x-late', class extends HTMLElement {
                constructor() { super(); this.attachShadow({ mode: 'closed' }).innerHTML = '<button onclick="window.clicked = 1">A</button>' }
              });
            }, 200)</script>
            """,
        ])
        func `plain hosts, those of HTML and those that come late count too`(source: String) async throws {
            try await withTestPage(source) { page in
                try await page.click("text=A")
                #expect(try await page.evaluate("clicked") == "1")
            }
        }

        @Test func `the page sees nothing of it`() async throws {
            try await withTestPage(Self.form) { page in
                try await page.click("text=Buchen")
                let seen = try await page.evaluate("[Element.prototype.attachShadow.name, 'cpaAgent' in window]")
                #expect(seen == "[\"attachShadow\",false]")
            }
        }
    }
}
