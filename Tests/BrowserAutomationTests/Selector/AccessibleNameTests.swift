import JSON
import Testing

@testable import BrowserAutomation

extension ActionTests {
    /// Names and roles as HTML-AAM and the accessible name computation have them.
    @Suite struct AccessibleNameTests {
        /// The element `#t` of each page has the role and the name.
        private func check(_ cases: [(source: String, role: String, name: String)]) async throws {
            let body = cases.enumerated().map { index, each in
                "<div id=c\(index)>\(each.source.replacing("@", with: "n\(index)"))</div>"
            }
            try await withTestPage(
                "<style>.b::before{content:'vor '}.a::after{content:attr(data-x) / 'nach'}</style>\(body.joined())"
            ) {
                page in
                for (index, each) in cases.enumerated() {
                    let exact = "#c\(index) >> role=\(each.role)[name=\(JSONText(.string(each.name)))][exact] >> and=.t"
                    let found = try await page.count(exact)
                    #expect(found == 1, "\(each.source) is \(each.role) \"\(each.name)\"")
                }
            }
        }

        @Test func `names come from references, labels, attributes and content, in that order`() async throws {
            try await check([
                ("<button class=t aria-label=A title=T>B</button>", "button", "A"),
                ("<button class=t title=T>B</button>", "button", "B"),
                ("<button class=t title=T></button>", "button", "T"),
                (
                    "<span id=@a>eins</span><span id=@b>zwei</span><button class=t aria-labelledby='@b @a' aria-label=A></button>",
                    "button", "zwei eins"
                ),
                (
                    "<a id=@f href=x>Datei.pdf</a><button class=t id=@d aria-label=L\u{F6}schen aria-labelledby='@d @f'></button>",
                    "button", "L\u{F6}schen Datei.pdf"
                ),
                (
                    "<span id=@h style='display:none'>versteckt <b>und fett</b></span><button class=t aria-labelledby=@h></button>",
                    "button", "versteckt und fett"
                ),
                ("<label>Feld <input class=t placeholder=P></label>", "textbox", "Feld"),
                ("<label for=@i>Feld</label><input class=t id=@i title=T>", "textbox", "Feld"),
                ("<label for=@i>A</label><label for=@i>B</label><input class=t id=@i>", "textbox", "A B"),
                ("<input class=t title=T placeholder=P>", "textbox", "T"),
                ("<textarea class=t placeholder=P></textarea>", "textbox", "P"),
                ("<label><input class=t type=checkbox> nach <input value=3> Tagen</label>", "checkbox", "nach 3 Tagen"),
                (
                    "<label><input class=t type=checkbox> alle <select><option>1<option selected>2</select> Tage</label>",
                    "checkbox", "alle 2 Tage"
                ),
                ("<input class=t type=submit>", "button", "Submit"),
                ("<input class=t type=button value=V>", "button", "V"),
                ("<input class=t type=image alt=Suche>", "button", "Suche"),
                ("<img class=t alt=Logo title=T>", "img", "Logo"),
                ("<svg class=t><title>Kreis</title><circle r=1 /></svg>", "img", "Kreis"),
                ("<button class=t><svg><title>Zur\u{FC}ck</title></svg></button>", "button", "Zur\u{FC}ck"),
                ("<button class=t><img alt=Suchen> jetzt</button>", "button", "Suchen jetzt"),
                ("<button class='t b'>Text</button>", "button", "vor Text"),
                ("<button class='t a' data-x=X>Text</button>", "button", "Textnach"),
                ("<button class=t>a<br>b<div>c</div>d<span hidden>e</span></button>", "button", "a b c d"),
                ("<fieldset class=t><legend>Anschrift</legend></fieldset>", "group", "Anschrift"),
                ("<figure class=t><figcaption>Bild</figcaption></figure>", "figure", "Bild"),
                ("<table class=t><caption>Liste</caption></table>", "table", "Liste"),
                ("<h2 class=t>Titel <i>kursiv</i></h2>", "heading", "Titel kursiv"),
                ("<a class=t href=x aria-label=' '>Ziel</a>", "link", "Ziel"),
                ("<table><tr class=t><td>1<td>2</table>", "row", "1 2"),
                ("<nav class=t aria-label=Haupt></nav>", "navigation", "Haupt"),
                ("<div id=@o>zwei</div><div class=t role=button aria-owns=@o>eins </div>", "button", "eins zwei"),
                ("<div class=t role=meter aria-label=M></div>", "meter", "M"),
                ("<output class=t id=@q></output><label for=@q>Summe</label>", "status", "Summe"),
            ])
        }

        @Test func `roles depend on attributes and surroundings`() async throws {
            try await check([
                ("<input class=t list=@l aria-label=N><datalist id=@l></datalist>", "combobox", "N"),
                ("<input class=t type=search aria-label=N>", "searchbox", "N"),
                ("<input class=t type=number aria-label=N>", "spinbutton", "N"),
                ("<input class=t type=range aria-label=N>", "slider", "N"),
                ("<input class=t type=password aria-label=N>", "textbox", "N"),
                ("<select class=t aria-label=N><option>x</select>", "combobox", "N"),
                ("<select class=t multiple aria-label=N></select>", "listbox", "N"),
                ("<select class=t size=3 aria-label=N></select>", "listbox", "N"),
                ("<section class=t aria-label=N></section>", "region", "N"),
                ("<header class=t aria-label=N></header>", "banner", "N"),
                ("<footer class=t aria-label=N></footer>", "contentinfo", "N"),
                ("<form class=t aria-label=N></form>", "form", "N"),
                ("<img class=t alt='' title=N>", "img", "N"),
                ("<details open><summary class=t>N</summary></details>", "button", "N"),
                ("<table><tr><th class=t>N<tr><td>x</table>", "columnheader", "N"),
                ("<table><tr><th class=t>N<td>x</table>", "rowheader", "N"),
                ("<table role=grid><tr><td class=t>N</table>", "gridcell", "N"),
                ("<div class=t role='foo button'>N</div>", "button", "N"),
                ("<button class=t role=none>N</button>", "button", "N"),
                ("<div class=t role=image aria-label=N></div>", "img", "N"),
                ("<ul aria-label=x><li class=t aria-label=N></ul>", "listitem", "N"),
                ("<a class=t role=button href=x>N</a>", "button", "N"),
            ])
        }

        @Test func `what has no role of its own is not found by it`() async throws {
            let source = """
                <article><header>h</header><footer>f</footer></article><section>s</section><form>f</form><img alt=""><a>kein Link</a>
                <ul role=none><li>x</li></ul><table role=presentation><tr><td>y</td></tr></table><input type=hidden>
                """
            try await withTestPage(source) { page in
                for role in [
                    "banner", "contentinfo", "region", "form", "img", "link", "listitem", "list", "table", "row",
                    "cell", "textbox",
                ] {
                    let found = try await page.count("role=\(role)")
                    #expect(found == 0, "\(role)")
                }
            }
        }

        @Test func `states are those of HTML and ARIA`() async throws {
            let source = """
                <input type=checkbox checked><input type=checkbox id=mixed><div role=checkbox aria-checked=true></div><div role=switch aria-checked=false></div>
                <button aria-expanded=true>a</button><button aria-expanded=false>b</button><button aria-pressed=mixed>c</button>
                <details open><summary>d</summary></details><div role=tab aria-selected=true></div><select><option selected>e<option>f</select>
                <h3>g</h3><div role=heading aria-level=3>h</div><div role=heading>i</div>
                <fieldset disabled><legend><button>j</button></legend><button>k</button></fieldset><div aria-disabled=true><div role=button>l</div></div>
                <script>mixed.indeterminate = true</script>
                """
            try await withTestPage(source) { page in
                for (selector, count) in [
                    ("role=checkbox[checked]", 2), ("role=checkbox[checked=mixed]", 1),
                    ("role=switch[checked=false]", 1),
                    ("role=button[expanded]", 2), ("role=button[expanded=false]", 1), ("role=button[pressed=mixed]", 1),
                    ("role=tab[selected]", 1), ("role=option[selected]", 1), ("role=option[selected=false]", 1),
                    ("role=heading[level=3]", 2), ("role=heading[level=2]", 1), ("role=button[disabled]", 2),
                    ("role=button[name=j][disabled=false]", 1),
                ] {
                    let found = try await page.count(selector)
                    #expect(found == count, "\(selector)")
                }
            }
        }
    }
}
