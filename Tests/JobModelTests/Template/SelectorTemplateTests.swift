import JSON
import JobModel
import Synchronization
import Testing

struct SelectorTemplateTests {
    private func resolve(_ selector: String, _ value: JSONValue) throws -> String {
        var resolver = TemplateResolver(TemplateContext(variables: ["v": value], now: { 0 }))
        return try resolver.resolve(selector: selector)
    }

    @Test(
        arguments: [
            ("css=#name", "x", "css=#name"),
            ("text={{ variables.v }}", #"a "b" \ >> c"#, #"text="a \"b\" \\ >> c""#),
            ("text=\"{{ variables.v }}\"", #"a"b\"#, #"text="a\"b\\""#),
            ("text='Nr. {{ variables.v }}'", "it's", #"text='Nr. it\'s'"#),
            ("text=Nr. {{ variables.v }}", "7", "text=Nr. 7"),
            ("text=it's {{ variables.v }}", "7\"", "text=it's 7\""),
            ("text=/^{{ variables.v }}$/i", "a.b/c", #"text=/^a\.b\/c$/i"#),
            ("role=button[name={{ variables.v }}]", "OK]", #"role=button[name="OK]"]"#),
            ("role=row[name=\"{{ variables.v }}\"] >> css=a", "x\"y", #"role=row[name="x\"y"] >> css=a"#),
            ("role={{ variables.v }}", "button", "role=button"),
            ("#row-{{ variables.v }}", "5", "#row-5"),
            ("#{{ variables.v }}", "5a", #"#\35 a"#),
            (".a .{{ variables.v }} > b", "x y.z", #".a .x\ y\.z > b"#),
            ("li:nth-child({{ variables.v }})", 3, "li:nth-child(3)"),
            ("tr[data-id=\"{{ variables.v }}\"]", "a\"]\n", #"tr[data-id="a\"]\a "]"#),
            ("css=a[href='{{ variables.v }}'] >> nth=0", "x", "css=a[href='x'] >> nth=0"),
            ("li >> nth={{ variables.v }}", 2, "li >> nth=2"),
            ("li >> text={{ variables.v }}", "x", #"li >> text="x""#),
            ("//td[.=\"{{ variables.v }}\"]", "it's", #"//td[.="it's"]"#),
            ("//td[.={{ variables.v }}]", #"a"b"#, #"//td[.='a"b']"#),
            ("xpath=//td[.={{ variables.v }}]", #"a"b'c"#, #"xpath=//td[.=concat("a", '"', "b'c")]"#),
            ("(//tr)[{{ variables.v }}]", 2, "(//tr)[2]"),
            ("frame=iframe >> label={{ variables.v }}", "ä", #"frame=iframe >> label="ä""#),
            ("li >> has=text={{ variables.v }}", "x", #"li >> has=text="x""#),
            (#"text=\{{ {{ variables.v }}"#, "x", "text={{ x"),
        ] as [(String, JSONValue, String)]
    )
    func `a value becomes a literal, never syntax`(selector: String, value: JSONValue, expected: String) throws {
        #expect(try resolve(selector, value) == expected)
    }

    private static let refused: [(String, JSONValue, String)] = [
        (
            "{{ variables.v }}", "#a",
            "it would be syntax; write for example text={{ … }} or css=[name=\"{{ … }}\"]"
        ),
        (
            "li >> has=\"text={{ variables.v }}\"", "x",
            "it is a selector inside quotes; write it without the quotes, up to the next >>"
        ),
        ("li >> nth={{ variables.v }}", "1 >> b", "a number is expected"),
        ("role={{ variables.v }}", "button[x]", "a role is expected"),
        ("text=a {{ variables.v }}", "x >> y", "its value holds '>>' or ']'; put the whole text in quotes"),
        (
            "//a[.=\"{{ variables.v }}\"]", "\"",
            "XPath has no way to write its quotes inside quotes; leave the quotes out"
        ),
    ]

    @Test(arguments: refused)
    func `says where a value cannot stand`(selector: String, value: JSONValue, problem: String) throws {
        let error = try #require(throws: TemplateError.self) { try resolve(selector, value) }
        #expect(error.description == "'variables.v' cannot stand here in the selector: \(problem)")
    }

    @Test(arguments: ["\"", "'", "\\", "]", ")", ">>", "\" >> css=*", "\\\" >> css=*", "] >> css=*", "\n", "a'b\"c\\"])
    func `no value can end the quotes it stands in`(value: String) throws {
        for (selector, quote) in [("text=\"{{ variables.v }}\"", "\""), ("label='{{ variables.v }}'", "'")] {
            let result = try resolve(selector, .string(value))
            let body = result.drop { String($0) != quote }.dropFirst().dropLast()
            var escaped = false
            for character in body {
                if escaped {
                    escaped = false
                } else if character == "\\" {
                    escaped = true
                } else {
                    #expect(String(character) != quote)
                }
            }
            #expect(!escaped)
        }
    }

    @Test func `a secret that XPath takes in pieces is told as they stand there`() throws {
        let told = Mutex<[String]>([])
        var context = TemplateContext(secret: { _ in #"it's "so""# }, now: { 0 })
        context.issued = { text in told.withLock { $0.append(text) } }
        context.holdsSecret = { $0.contains(#"it's "so""#) }
        var resolver = TemplateResolver(context)
        let selector = try resolver.resolve(selector: "//td[.={{ secrets.a }}] >> text={{ secrets.a | trim }}")
        #expect(told.withLock { $0 }.first.map { selector.contains($0) && $0.hasPrefix("concat(") } == true)
    }
}
