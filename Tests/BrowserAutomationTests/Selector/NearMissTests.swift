import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    /// What an error says when nothing matched: what almost did.
    @Suite struct NearMissTests {
        private func check(_ source: String, _ cases: [(selector: String, words: String)]) async throws {
            try await withTestPage(source) { page in
                for (selector, words) in cases {
                    let error = await failure { try await page.click(selector, within: .milliseconds(50)) }
                    #expect(error?.code == .notFound)
                    #expect(error?.message.contains(words) == true, "\(selector): \(error?.message ?? "")")
                }
                _ = try await page.evaluate("1")
            }
        }

        @Test func `names that differ in a letter, an umlaut, case or role are suggested`() async throws {
            try await check(
                """
                <button>Schlie\u{DF}en</button><button>\u{DC}bernehmen</button><a href=x>Abbrechen</a><h1>Rechnungen</h1>
                <label>E-Mail-Adresse <input placeholder="Suche\u{2026}"></label><img alt="Firmenlogo"><i data-testid=invoice-total>7</i>
                <button style="display:none">Drucken</button><button aria-pressed=false>Fett</button>
                """,
                [
                    ("role=button[name=\"Schliessen\"]", "Did you mean \"Schlie\u{DF}en\"?"),
                    ("role=button[name=Uebernehmen]", "Did you mean \"\u{DC}bernehmen\"?"),
                    (
                        "role=button[name=Abbrechen]",
                        "There is a link \"Abbrechen\": write role=link[name=\"Abbrechen\"]"
                    ),
                    ("role=button[name=Drucken]", "would match, but it is hidden by display: none"),
                    ("role=button[name=Fett][pressed]", "button \"Fett\" is there, but its pressed is false, not true"),
                    ("role=buton", "Did you mean button?"), ("label=Email-Adresse", "Did you mean \"E-Mail-Adresse\"?"),
                    ("text=Rechnugen", "Did you mean \"Rechnungen\"?"),
                    ("text=\"rechnungen\"", "differs in upper and lower case"),
                    ("text=Suche", "It is the placeholder of"),
                    ("placeholder=Such!", "Did you mean \"Suche\u{2026}\"?"),
                    ("alt=Firmenlogos", "Did you mean \"Firmenlogo\"?"),
                    ("testid=invoice-sum", "The values of data-testid there are"),
                ]
            )
        }

        @Test func `a chain says how far it gets`() async throws {
            try await check(
                "<ul id=list><li class=item>eins</li><li class=item>zwei</li></ul><iframe srcdoc='<button>Innen</button>'></iframe>",
                [
                    (
                        "#list .itm",
                        "One element matches #list, but nothing inside matches .itm. There is no class itm; did you mean item?"
                    ),
                    ("#lst", "There is no id lst; did you mean list?"),
                    ("li >> has-text=drei", "2 elements match before it, none with this text"),
                    ("li >> nth=5", "2 elements match before it, and places count from 0"),
                    ("li >> visible=false", "2 elements match before it, but all are visible"),
                    ("text=Innen", "It is inside the frame"), ("frame=#x >> button", "The frames there are: <iframe"),
                ]
            )
        }
    }
}
