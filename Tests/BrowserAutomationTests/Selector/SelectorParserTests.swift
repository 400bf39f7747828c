import JSON
import Testing

@testable import BrowserAutomation

@Suite struct SelectorParserTests {
    @Test(arguments: [
        ("#login > button", [SelectorPart.css("#login > button")]),
        ("css=a[href='x >> y'] >> nth=-1", [.css("a[href='x >> y']"), .nth(-1)]),
        ("//table//tr[2]", [.xpath("//table//tr[2]")]),
        ("xpath=(//a)[1]", [.xpath("(//a)[1]")]),
        ("//a[.=\"C:\\\"] >> nth=0", [.xpath("//a[.=\"C:\\\"]"), .nth(0)]),
        ("#\\31 2 >> a\\>\\>b", [.css("#\\31 2"), .css("a\\>\\>b")]),
        ("text=Don't click >> visible=true", [.text(TextMatch(.contains, "Don't click")), .visible(true)]),
        ("text=\"Alle \\\"offenen\\\"\"", [.text(TextMatch(.exact, "Alle \"offenen\""))]),
        ("text=/^Rechnung\\s[/\\d]+/i", [.text(TextMatch(.regex, "^Rechnung\\s[/\\d]+", flags: "i"))]),
        ("text=/invoices", [.text(TextMatch(.contains, "/invoices"))]),
        ("label=Benutzername", [.label(TextMatch(.contains, "Benutzername"))]),
        ("placeholder='Suche'", [.placeholder(TextMatch(.exact, "Suche"))]),
        ("testid=save", [.testID(TextMatch(.exact, "save"))]),
        ("alt=Logo", [.alt(TextMatch(.contains, "Logo"))]),
        ("title=Hilfe", [.title(TextMatch(.contains, "Hilfe"))]),
        (
            "tr >> has-text=Firma X >> has=\"role=link >> nth=0\" >> has-not=.paid",
            [
                .css("tr"), .hasText(TextMatch(.contains, "Firma X")), .has([.role(RoleQuery(role: "link")), .nth(0)]),
                .hasNot([.css(".paid")]),
            ]
        ),
        (
            "a >> has-not-text='x' >> and=role=link >> or=\"b >> last\" >> first",
            [
                .css("a"), .hasNotText(TextMatch(.exact, "x")), .and([.role(RoleQuery(role: "link"))]),
                .or([.css("b"), .nth(-1)]), .nth(0),
            ]
        ),
        ("frame=iframe#pay >> css=input", [.frame([.css("iframe#pay")]), .css("input")]),
    ])
    func `reads every kind of part`(source: String, parts: [SelectorPart]) throws {
        #expect(try Selector(source).parts == parts)
    }

    @Test func `a role takes a name, states and hidden elements`() throws {
        let selector = try Selector("role=button[name=\"Weiter]\"][exact][disabled=false] >> role=heading[level=2]")
        var button = RoleQuery(role: "button")
        button.name = TextMatch(.exact, "Weiter]")
        button.states = [.disabled: .bool(false)]
        var heading = RoleQuery(role: "heading")
        heading.states = [.level: .number(2)]
        #expect(selector.parts == [.role(button), .role(heading)])
        #expect(
            selector.partSources == ["role=button[name=\"Weiter]\"][exact][disabled=false]", "role=heading[level=2]"]
        )
    }

    @Test func `a role's name is contained in any case unless exact, or a regular expression`() throws {
        let names = try ["[name=\"OK\"]", "[name=OK]", "[name=\"OK\"][exact]", "[name=/^ok$/i][include-hidden]"].map {
            guard case .role(let query) = try Selector("role=button\($0)").parts[0] else { return nil as RoleQuery? }
            return query
        }
        #expect(
            names.map(\.?.name) == [
                TextMatch(.contains, "OK"), TextMatch(.contains, "OK"), TextMatch(.exact, "OK"),
                TextMatch(.regex, "^ok$", flags: "i"),
            ]
        )
        #expect(names.last??.includesHidden == true)
    }

    @Test(arguments: [
        ("", 1, "it is empty"),
        ("css=", 5, "nothing follows css="),
        ("a >> ", 6, "a part is missing"),
        (">> a", 1, "a part is missing"),
        ("id=login", 1, "there is no id="),
        ("button >> foo=1", 11, "there is no foo="),
        ("or=a", 1, "or= stands first"),
        ("text=\"open", 6, "the quote \" is not closed"),
        ("text=\"a\" b", 10, "unexpected text"),
        ("a[href", 2, "[ is not closed"),
        ("a)", 2, ") closes nothing"),
        ("nth=first", 5, "first is not a whole number"),
        ("role=button[nane=\"x\"]", 13, "role= has no attribute nane"),
        ("role=button[name=\"x\"", 12, "the bracket of name is not closed"),
        ("role=checkbox[checked=yes]", 23, "checked is true or false"),
        ("visible=maybe", 9, "visible= is true or false"),
        ("text=/a/b", 9, "b is no flag of a regular expression"),
        ("frame=iframe", 13, "frame= names nothing inside the frame"),
        ("has=\"id=x\"", 5, "the selector inside has= is not valid: there is no id="),
        ("\"Login\"", 1, "quoted text alone is not a selector"),
    ])
    func `says where a selector goes wrong`(source: String, position: Int, problem: String) throws {
        let error = try #require(throws: SelectorError.self) { try Selector(source) }
        #expect(error.position == position)
        #expect(error.problem == problem)
        #expect(!error.remedy.isEmpty)
    }

    @Test func `the agent gets the parts as JSON`() throws {
        let json = try Selector("frame=iframe >> role=button[name=\"OK\"][pressed=mixed]").json
        let role: JSONValue = [
            "role": "button", "states": ["pressed": "mixed"], "hidden": false,
            "name": ["kind": "contains", "value": "OK", "flags": ""],
        ]
        #expect(json["parts"] == [["frame": [["css": "iframe"]]], ["role": role]])
        #expect(json["sources"] == ["frame=iframe", "role=button[name=\"OK\"][pressed=mixed]"])
    }
}
