import JSON
import Testing
import YAML

struct YAMLDocumentTests {
    private func read(_ text: String, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> JSONDocument {
        try JSONDocument(parsingYAML: Array(text.utf8), file: "t.yaml", limits: limits)
    }

    @Test func `mappings, sequences and scalars become JSON`() throws {
        let document = try read(
            """
            # a scenario
            name: Prüfung
            tasks:
              - {action: goto, url: "http://x/"}
              - action: fill
                selector: '#name'
                text: |
                  two
                  lines
            empty: {}
            """
        )
        #expect(
            document.value == [
                "name": "Prüfung",
                "tasks": [
                    ["action": "goto", "url": "http://x/"],
                    ["action": "fill", "selector": "#name", "text": "two\nlines\n"],
                ],
                "empty": [:],
            ]
        )
        #expect(document.value.object?.keys == ["name", "tasks", "empty"])
    }

    @Test func `knows where values and names begin`() throws {
        let document = try read("name: ä\ntasks:\n  - action: goto\n    url: x\n  - {action: click}\n")
        #expect(document.position(of: "/name") == SourcePosition(line: 1, column: 7))
        #expect(document.position(of: "/tasks/0") == SourcePosition(line: 3, column: 5))
        #expect(document.position(of: "/tasks/0/url") == SourcePosition(line: 4, column: 10))
        #expect(document.keyPosition(of: "/tasks/0/url") == SourcePosition(line: 4, column: 5))
        #expect(document.position(of: "/tasks/1/action") == SourcePosition(line: 5, column: 14))
        #expect(document.position(of: "/tasks/1/selector") == SourcePosition(line: 5, column: 5))
    }

    @Test func `an alias repeats its anchor's value`() throws {
        let document = try read("a: &login {user: x, tries: [1, 2]}\nb: *login\nc: [*login]\n")
        #expect(document.value["b"] == document.value["a"])
        #expect(document.value["c"]?[0]?["tries"]?[1] == 2)
        #expect(document.position(of: "/b/user") == SourcePosition(line: 2, column: 4))
    }

    @Test func `an anchor may be given anew`() throws {
        #expect(try read("[&a 1, *a, &a 2, *a]").value == [1, 1, 2, 2])
    }

    @Test func `nothing at all is null`() throws {
        #expect(try read("").value == .null)
        #expect(try read("# only a comment\n").value == .null)
        #expect(try read("---\n...\n").value == .null)
    }

    @Test func `a byte order mark and Windows line ends are fine`() throws {
        #expect(try read("\u{FEFF}a: 1\r\nb: 2\r\n").value == ["a": 1, "b": 2])
    }

    @Test func `JSON is YAML`() throws {
        #expect(try read(#"{"a": [1, 2.5, null, true, "x\u00e4"]}"#).value == ["a": [1, 2.5, nil, true, "xä"]])
    }

    @Test(arguments: [
        (
            "a: 1\nb: 2\na: 3\n", YAMLError.Code.duplicateKey,
            "t.yaml:3:1: the member 'a' is there twice; it was first at line 1"
        ),
        (
            "a:\n\tb: 1\n", .syntax,
            "t.yaml:2:1: while scanning for the next token, found character that cannot start any token; "
                + "a tab cannot indent: use spaces"
        ),
        (
            "url: {{ variables.x }}\n", .unsupportedKey,
            "t.yaml:1:7: a member name must be plain text; put a value that begins with '{{' into quotes: \"{{ … }}\""
        ),
        (
            "url: {{ variables.x }}/a\n", .unsupportedKey,
            "t.yaml:1:7: a member name must be plain text; put a value that begins with '{{' into quotes: \"{{ … }}\""
        ),
        (
            "url: \"{{ x | default(\"y\") }}\"\n", .syntax,
            "t.yaml:1:23: while parsing a block mapping, did not find expected key; "
                + "put single quotes around a template that holds double quotes: '{{ x | default(\"y\") }}'"
        ),
        (
            "a: b: c\n", .syntax,
            "t.yaml:1:5: mapping values are not allowed in this context; "
                + "put a text that holds ': ' into quotes, or check the indentation"
        ),
        ("a: \"x\nb: 1\n", .syntax, "t.yaml:3:1: while scanning a quoted scalar, found unexpected end of stream"),
        (
            "a: 1\n---\nb: 2\n", .severalDocuments,
            "t.yaml:2:1: a second document begins here; put it into a file of its own"
        ),
        ("a: *x\n", .invalidAlias, "t.yaml:1:4: there is no anchor '&x' before this alias"),
        ("a: &x [*x]\n", .invalidAlias, "t.yaml:1:8: the alias '*x' stands inside its own anchor"),
        (
            "a: &x {b: 1}\nc:\n  <<: *x\n", .unsupportedKey,
            "t.yaml:3:3: merge keys ('<<') are not supported; write the members out, or alias the whole value"
        ),
        (
            "[a, b]: 1\n", .unsupportedKey,
            "t.yaml:1:1: a member name must be plain text; put a value that begins with '{{' into quotes: \"{{ … }}\""
        ),
    ])
    func `says what is wrong, where, and what to write instead`(text: String, code: YAMLError.Code, message: String)
        throws
    {
        let error = try #require(throws: YAMLError.self) { try read(text) }
        #expect(error.code == code)
        #expect(error.description == message)
    }

    @Test func `bytes that are not UTF-8 are refused`() throws {
        let error = try #require(throws: YAMLError.self) {
            try JSONDocument(parsingYAML: Array("a: ok\nb: ".utf8) + [0xE4, 0x0A], file: "t.yaml")
        }
        #expect(error.code == .encoding)
        #expect(error.position.line == 2)
    }

    @Test func `a billion laughs are refused quickly`() throws {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...30 {
            let alias = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(alias)]\n"
        }
        let error = try #require(throws: YAMLError.self) { try read(text) }
        #expect(error.code == .tooLarge)
    }

    @Test func `depth and length are limited`() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(throws: Never.self) { try read(deep) }
        #expect(try #require(throws: YAMLError.self) { try read("[\(deep)]") }.code == .tooDeep)
        let short = YAMLLimits(maximumBytes: 3)
        #expect(try #require(throws: YAMLError.self) { try read("a: 1", limits: short) }.code == .tooLarge)
    }

    @Test func `no prefix of a document crashes the reader`() {
        let bytes = Array("a: &x [1, \"ä\\n\", 'b', {c: *x}]\nd: |\n  t\n? e\n: !!str 1\n".utf8)
        for length in 0...bytes.count {
            _ = try? JSONDocument(parsingYAML: Array(bytes[..<length]))
        }
    }
}
